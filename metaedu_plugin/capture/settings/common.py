"""The LMS: its event tracking hands the wanted events to capture."""

from __future__ import annotations

from typing import Any

from metaedu_plugin.capture.settings import folder

KEY = "metaedu"
# Written out, since the transformers that know these names import models, which settings may not.
EVENTS = (
    "problem_check",
    "edx.problem.hint.demandhint_displayed",
    "showanswer",
    "edx.completion.block_completion.changed",
    "edx.course.enrollment.activated",
    "edx.course.enrollment.deactivated",
    "edx.grades.problem.state_deleted",
    "problem_rescore",
    "edx.grades.problem.rescored",
)


def plugin_settings(settings: Any) -> None:
    """Add capture's backend under a key of its own and a data folder; what the operator has set stays."""
    folder.plugin_settings(settings)
    backends = getattr(settings, "EVENT_TRACKING_BACKENDS", None) or {}
    if isinstance(backends, dict) and KEY not in backends:
        settings.EVENT_TRACKING_BACKENDS = {**backends, KEY: _backend()}


def _backend() -> dict[str, Any]:
    """In the request, not through a queue: capture appends one line, a queue's producer takes milliseconds."""
    return {
        "ENGINE": "eventtracking.backends.routing.RoutingBackend",
        "OPTIONS": {
            "processors": [
                {
                    "ENGINE": "eventtracking.processors.whitelist.NameWhitelistProcessor",
                    "OPTIONS": {"whitelist": list(EVENTS)},
                }
            ],
            "backends": {"capture": {"ENGINE": "metaedu_plugin.capture.backend.CaptureBackend", "OPTIONS": {}}},
        },
    }
