"""The settings that the platform gets from capture."""

from __future__ import annotations

import copy
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils.module_loading import import_string

from metaedu_plugin.capture import spool
from metaedu_plugin.capture.events import KINDS
from metaedu_plugin.capture.settings import common, folder, production, test
from tests.capture import payloads

OPERATORS = {
    "tracking_logs": {"ENGINE": "eventtracking.backends.routing.RoutingBackend", "OPTIONS": {"backends": {}}},
    "xapi": {"ENGINE": "eventtracking.backends.async_routing.AsyncRoutingBackend", "OPTIONS": {}},
}


@pytest.fixture(autouse=True)
def no_address_in_the_environment(monkeypatch):
    monkeypatch.delenv("METAEDU_DATA_DIR")


@pytest.mark.parametrize("module", [common, production, test, folder])
def test_a_second_time_changes_nothing(module):
    settings = SimpleNamespace(EVENT_TRACKING_BACKENDS=copy.deepcopy(OPERATORS))
    module.plugin_settings(settings)
    once = copy.deepcopy(vars(settings))
    module.plugin_settings(settings)
    assert vars(settings) == once


def test_the_operators_backends_survive():
    settings = SimpleNamespace(EVENT_TRACKING_BACKENDS=copy.deepcopy(OPERATORS))
    common.plugin_settings(settings)
    assert settings.EVENT_TRACKING_BACKENDS.pop("metaedu")
    assert settings.EVENT_TRACKING_BACKENDS == OPERATORS


def test_what_the_operator_has_set_wins():
    own = {"metaedu": {"ENGINE": "theirs"}}
    chosen = {"METAEDU_DATA_DIR": "/data", "METAEDU_DRAIN_SECONDS": 5}
    settings = SimpleNamespace(EVENT_TRACKING_BACKENDS=own, **chosen)
    for module in (common, production, test):
        module.plugin_settings(settings)
    assert vars(settings) == {"EVENT_TRACKING_BACKENDS": {"metaedu": {"ENGINE": "theirs"}}, **chosen}


def test_nothing_drains_beside_the_platforms_own_tests():
    settings = SimpleNamespace()
    common.plugin_settings(settings)
    assert not hasattr(settings, "METAEDU_DRAIN_SECONDS")
    test.plugin_settings(settings)
    assert settings.METAEDU_DRAIN_SECONDS == 0


def test_production_adds_what_another_plugin_has_replaced():
    settings = SimpleNamespace(EVENT_TRACKING_BACKENDS={})
    common.plugin_settings(settings)
    settings.EVENT_TRACKING_BACKENDS = copy.deepcopy(OPERATORS)
    production.plugin_settings(settings)
    assert set(settings.EVENT_TRACKING_BACKENDS) == {*OPERATORS, "metaedu"}


@pytest.mark.parametrize("said", [{}, {"xapi": OPERATORS["xapi"]}])
def test_production_outlives_a_plugin_that_takes_the_yaml_for_all_backends(said):
    settings = SimpleNamespace(
        EVENT_TRACKING_BACKENDS=copy.deepcopy(OPERATORS), ENV_TOKENS={"EVENT_TRACKING_BACKENDS": copy.deepcopy(said)}
    )
    production.plugin_settings(settings)
    ours = settings.EVENT_TRACKING_BACKENDS["metaedu"]
    assert settings.ENV_TOKENS["EVENT_TRACKING_BACKENDS"] == {**said, "metaedu": ours}


@pytest.mark.parametrize("said", [None, [], {}, {"EVENT_TRACKING_BACKENDS": None}])
@pytest.mark.parametrize("backends", [None, {}, [], "nonsense"])
def test_a_yaml_that_names_no_backends_stays(said, backends):
    settings = SimpleNamespace(EVENT_TRACKING_BACKENDS=backends, ENV_TOKENS=copy.deepcopy(said))
    production.plugin_settings(settings)
    assert said == settings.ENV_TOKENS


@pytest.mark.parametrize("backends", [None, {}, [], "nonsense"])
def test_settings_of_any_kind_do_not_stop_the_platform(backends):
    common.plugin_settings(SimpleNamespace(EVENT_TRACKING_BACKENDS=backends, METAEDU_DATA_DIR=None))


def test_studio_gets_a_folder_and_no_events():
    settings = SimpleNamespace()
    folder.plugin_settings(settings)
    assert list(vars(settings)) == ["METAEDU_DATA_DIR"]


def test_the_folder_is_the_environments_else_lasting_else_throw_away(monkeypatch, tmp_path):
    def chosen(module: Any) -> str:
        settings = SimpleNamespace()
        module.plugin_settings(settings)
        return settings.METAEDU_DATA_DIR

    monkeypatch.setattr(folder, "VOLUME", str(tmp_path))
    assert chosen(common) == f"{tmp_path}/metaedu"
    monkeypatch.setattr(folder, "VOLUME", str(tmp_path / "missing"))
    assert chosen(common) == "/var/lib/metaedu"
    assert chosen(test) not in {chosen(common), ""}
    monkeypatch.setenv("METAEDU_DATA_DIR", "/elsewhere")
    assert chosen(common) == chosen(test) == "/elsewhere"


def test_the_wanted_events_are_those_that_have_a_transformer():
    assert set(common.EVENTS) == {name for name in KINDS if not name.startswith("metaedu.")}


def test_the_registered_backend_takes_an_event_to_the_spool():
    settings = SimpleNamespace()
    common.plugin_settings(settings)
    named = settings.EVENT_TRACKING_BACKENDS["metaedu"]["OPTIONS"]["backends"]["capture"]
    import_string(named["ENGINE"])(**named["OPTIONS"]).send(payloads.check())
    assert len(spool.segments()) == 1


def test_settings_load_before_django_knows_its_apps():
    script = (
        "import sys, types; from metaedu_plugin.capture.apps import CaptureConfig;"
        "from metaedu_plugin.capture.settings import common, production, test;"
        "settings = types.SimpleNamespace(); common.plugin_settings(settings); test.plugin_settings(settings);"
        "assert not [m for m in sys.modules if m.endswith('.models')]"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
