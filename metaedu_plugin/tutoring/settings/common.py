"""The LMS, in each of its environments: feedback below the problems of a unit."""

from __future__ import annotations

from typing import Any

from metaedu_plugin.steps import add_step


def plugin_settings(settings: Any) -> None:
    """Add the step; safe to repeat, and repeated after the operator's YAML, which replaces the filters."""
    add_step(
        settings,
        "org.openedx.learning.vertical_block.render.completed.v1",
        "metaedu_plugin.tutoring.openedx.FeedbackBelowProblems",
    )
