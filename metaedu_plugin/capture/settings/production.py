"""The LMS in production: once more, after the operator's YAML and other plugins, which may replace the backends."""

from __future__ import annotations

from typing import Any

from metaedu_plugin.capture.settings import common

NAME = "EVENT_TRACKING_BACKENDS"


def plugin_settings(settings: Any) -> None:
    """As `common`, and also in what the operator's YAML says, where it names backends.

    event-routing-backends then takes the YAML's for all there are; the order of plugins, and so whether it does that
    after us, is that of the folders in the environment.
    """
    common.plugin_settings(settings)
    backends, said = getattr(settings, NAME, None), getattr(settings, "ENV_TOKENS", None)
    if isinstance(backends, dict) and isinstance(said, dict) and isinstance(said.get(NAME), dict):
        said[NAME] = {common.KEY: backends[common.KEY], **said[NAME]}
