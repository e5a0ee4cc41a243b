"""metaedu's names reach the platform's lists whatever ran before, and never keep it from starting."""

from __future__ import annotations

import logging
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from metaedu_plugin.tracking import NAMES
from metaedu_plugin.xapi import settings as ours


def test_without_the_library_only_a_list_is_left() -> None:
    settings = SimpleNamespace()
    ours.plugin_settings(settings)
    assert list(NAMES) == settings.EVENT_TRACKING_BACKENDS_ALLOWED_XAPI_EVENTS
    ours.plugin_settings(settings)
    assert list(NAMES) == settings.EVENT_TRACKING_BACKENDS_ALLOWED_XAPI_EVENTS


def test_other_backends_are_left_alone() -> None:
    white = {"ENGINE": "eventtracking.processors.whitelist.NameWhitelistProcessor", "OPTIONS": {"whitelist": ["a"]}}
    backends = {"metaedu": {"ENGINE": "x", "OPTIONS": {"processors": [white], "backends": {"b": {"ENGINE": "y"}}}}}
    ours.plugin_settings(SimpleNamespace(EVENT_TRACKING_BACKENDS=backends))
    assert white["OPTIONS"] == {"whitelist": ["a"]}


@pytest.mark.parametrize("backends", [{"x": None}, {"x": {"OPTIONS": {"backends": []}}}, [1], 7])
def test_a_form_that_is_not_known_is_a_warning(backends: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        ours.plugin_settings(SimpleNamespace(EVENT_TRACKING_BACKENDS=backends))
    assert "docs/events.md" in caplog.text


BOOT = """
import sys
from django.conf import settings
settings.configure(INSTALLED_APPS={apps}, DATABASES={{}}, LMS_ROOT_URL="https://x.example")
{before}
import django
django.setup()
from django.apps import apps
assert apps.is_installed("metaedu_plugin.xapi")
print("up", "metaedu_plugin.xapi.transformers" in sys.modules)
"""


def boot(apps: list[str], before: str = "") -> tuple[str, str]:
    ran = subprocess.run(
        [sys.executable, "-c", BOOT.format(apps=apps, before=before)], capture_output=True, text=True, check=False
    )
    return ran.stdout.strip(), ran.stderr


def test_a_platform_without_the_library_starts() -> None:
    assert boot(["metaedu_plugin.xapi"])[0] == "up False"


def test_a_platform_whose_library_has_changed_starts_with_one_warning() -> None:
    """Its registry has moved: what is imported is not there any more."""
    before = """if True:
        import types
        changed = types.ModuleType("event_routing_backends")
        changed.__path__, changed.__file__ = ["/nowhere"], "/nowhere/__init__.py"
        sys.modules["event_routing_backends"] = changed
    """
    said, errors = boot(["event_routing_backends", "metaedu_plugin.xapi"], before)
    assert said == "up False", errors
    assert errors.count("event-routing-backends is not as it was") == 1
