"""The platform's own plugin manager loads the plugin: apps, settings of each environment, addresses."""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from django.urls import resolve, reverse
from edx_django_utils.plugins import PluginManager, add_plugins, get_plugin_apps, get_plugin_url_patterns, registry

LMS, CMS = "lms.djangoapp", "cms.djangoapp"
ENVIRONMENTS = ("common", "production", "devstack", "test")
OURS = ("capture", "curriculum", "registry", "tutoring", "insights")
VERTICAL = "org.openedx.learning.vertical_block.render.completed.v1"
LEGACY = "org.openedx.learning.instructor.dashboard.render.started.v1"
TABS = "org.openedx.learning.instructor.dashboard.tabs.requested.v1"
STEP = "metaedu_plugin.tutoring.openedx.FeedbackBelowProblems"


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A settings module such as the platform's, under a name by which the plugin manager imports it."""
    module: Any = ModuleType("settings_of_a_platform")
    module.INSTALLED_APPS = ["django.contrib.auth"]
    module.EVENT_TRACKING_BACKENDS = {"tracking_logs": {"ENGINE": "theirs", "OPTIONS": {}}}
    module.MAKO_TEMPLATE_DIRS_BASE = ["/platform/templates"]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.delenv("METAEDU_TRAINING", raising=False)
    # Whatever other plugins are installed here need settings of their own.
    found = registry.get_plugin_app_configs
    monkeypatch.setattr(registry, "get_plugin_app_configs", lambda project: list(filter(ours, found(project))))
    yield module


def ours(app: type) -> bool:
    return app.__module__.startswith("metaedu_plugin.")


def state(module: ModuleType) -> dict[str, Any]:
    return copy.deepcopy({name: value for name, value in vars(module).items() if not name.startswith("__")})


def load(module: ModuleType, project: str, *environments: str) -> dict[str, Any]:
    for environment in environments:
        add_plugins(module.__name__, project, environment)
    return state(module)


def test_the_plugin_manager_finds_each_app():
    found = PluginManager.get_available_plugins(LMS)
    assert {f"metaedu_{name}" for name in OURS} <= set(found)


@pytest.mark.parametrize(("project", "expected"), [(LMS, OURS), (CMS, ("capture", "curriculum"))])
def test_installed_apps(project, expected):
    apps = get_plugin_apps(project)
    for name in expected:
        assert apps.count(f"metaedu_plugin.{name}.apps.{name.capitalize()}Config") == 1


@pytest.mark.parametrize("project", [LMS, CMS])
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_second_time_changes_nothing(platform, project, environment):
    once = load(platform, project, "common", environment)
    assert load(platform, project, "common", environment) == once


def test_the_lms_gets_its_steps_folder_and_rule(platform):
    loaded = load(platform, LMS, "common")
    assert {name: value["pipeline"] for name, value in loaded["OPEN_EDX_FILTERS_CONFIG"].items()} == {
        VERTICAL: [STEP],
        LEGACY: ["metaedu_plugin.insights.openedx.LegacyTab"],
        TABS: ["metaedu_plugin.insights.openedx.Tab"],
    }
    assert all(value["fail_silently"] for value in loaded["OPEN_EDX_FILTERS_CONFIG"].values())
    assert loaded["MAKO_TEMPLATE_DIRS_BASE"][0] == "/platform/templates"
    assert loaded["MAKO_TEMPLATE_DIRS_BASE"][1].endswith("insights/mako")
    assert loaded["METAEDU_COURSE_STAFF"] == "metaedu_plugin.insights.openedx.is_course_staff"


def test_the_template_engine_keeps_its_list(platform):
    held = platform.MAKO_TEMPLATE_DIRS_BASE
    load(platform, LMS, "common")
    assert platform.MAKO_TEMPLATE_DIRS_BASE is held


def test_production_puts_back_what_the_operators_file_replaced(platform):
    load(platform, LMS, "common")
    platform.OPEN_EDX_FILTERS_CONFIG = {
        VERTICAL: {"fail_silently": False, "pipeline": ["other.Step"], "log_level": "debug"},
        LEGACY: ["listed.Step"],
        TABS: "single.Step",
        "org.openedx.other.v1": {"pipeline": ["other.Step"]},
    }
    loaded = load(platform, LMS, "production")["OPEN_EDX_FILTERS_CONFIG"]
    assert loaded[VERTICAL] == {"fail_silently": False, "pipeline": ["other.Step", STEP], "log_level": "debug"}
    assert loaded[LEGACY]["pipeline"] == ["listed.Step", "metaedu_plugin.insights.openedx.LegacyTab"]
    assert loaded[TABS]["pipeline"] == ["single.Step", "metaedu_plugin.insights.openedx.Tab"]
    assert loaded["org.openedx.other.v1"] == {"pipeline": ["other.Step"]}


def test_what_the_operator_has_set_wins(platform):
    platform.METAEDU_COURSE_STAFF = "their.rule"
    assert load(platform, LMS, *ENVIRONMENTS)["METAEDU_COURSE_STAFF"] == "their.rule"


@pytest.mark.parametrize("odd", [None, [], {}, "nonsense", 3])
def test_settings_of_any_kind_do_not_stop_the_platform(platform, odd):
    for name in ("OPEN_EDX_FILTERS_CONFIG", "MAKO_TEMPLATE_DIRS_BASE", "INSTALLED_APPS", "EVENT_TRACKING_BACKENDS"):
        setattr(platform, name, odd)
    load(platform, LMS, *ENVIRONMENTS)


@pytest.mark.parametrize("environment", ["production", "devstack"])
def test_every_lasting_environment_has_the_lot(platform, environment):
    load(platform, LMS, "common")
    platform.OPEN_EDX_FILTERS_CONFIG = platform.EVENT_TRACKING_BACKENDS = {}
    loaded = load(platform, LMS, environment)
    assert set(loaded["OPEN_EDX_FILTERS_CONFIG"]) == {VERTICAL, LEGACY, TABS}
    assert set(loaded["EVENT_TRACKING_BACKENDS"]) == {"metaedu"}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_studio_knows_the_data_folder(platform, environment):
    assert load(platform, CMS, environment)["METAEDU_DATA_DIR"]


def test_studio_gets_no_steps(platform):
    loaded = load(platform, CMS, *ENVIRONMENTS)
    assert "OPEN_EDX_FILTERS_CONFIG" not in loaded
    assert "METAEDU_COURSE_STAFF" not in loaded


@pytest.mark.parametrize("where", ["settings", "environment"])
def test_training_is_installed_where_it_is_asked_for(platform, monkeypatch, where):
    assert "metaedu_plugin.training" not in load(platform, LMS, "common", "production")["INSTALLED_APPS"]
    if where == "settings":
        platform.METAEDU_TRAINING = True
    else:
        monkeypatch.setenv("METAEDU_TRAINING", "1")
    loaded = load(platform, LMS, "common", "production")
    assert loaded["INSTALLED_APPS"].count("metaedu_plugin.training") == 1


def test_settings_load_no_models_and_no_adapter(platform):
    import subprocess

    script = (
        "import sys, types\n"
        "settings = sys.modules['p'] = types.ModuleType('p')\n"
        "settings.INSTALLED_APPS, settings.MAKO_TEMPLATE_DIRS_BASE = [], []\n"
        "from edx_django_utils.plugins import add_plugins, registry\n"
        "found = registry.get_plugin_app_configs\n"
        "registry.get_plugin_app_configs = lambda kind: [a for a in found(kind) if 'metaedu' in a.__module__]\n"
        "for each in ('common', 'production'): add_plugins('p', 'lms.djangoapp', each)\n"
        "bad = [m for m in sys.modules if m.startswith('metaedu_plugin') and m.endswith(('.models', '.openedx'))]\n"
        "assert not bad, bad\n"
        "assert settings.OPEN_EDX_FILTERS_CONFIG and 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", script], check=True)


def test_addresses_resolve_as_the_platform_includes_them(platform, settings):
    platform.urlpatterns = get_plugin_url_patterns(LMS)
    settings.ROOT_URLCONF = platform.__name__
    for name in ("metaedu_tutoring:learn", "metaedu_insights:page"):
        address = reverse(name, args=["course-v1:a+b+c"])
        assert address.startswith("/metaedu/")
        assert resolve(address).view_name == name
