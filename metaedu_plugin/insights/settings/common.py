"""The LMS, in each of its environments: a tab for instructors, and the platform's own rule on who is one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from metaedu_plugin.steps import add_step

ADAPTER = "metaedu_plugin.insights.openedx"
MAKO = str(Path(__file__).resolve().parents[1] / "mako")
"""A folder of its own: Django's loaders would take Mako's templates for theirs."""


def plugin_settings(settings: Any) -> None:
    """Add the tab to both generations of the instructor dashboard; what the operator has set stays."""
    add_step(settings, "org.openedx.learning.instructor.dashboard.render.started.v1", f"{ADAPTER}.LegacyTab")
    add_step(settings, "org.openedx.learning.instructor.dashboard.tabs.requested.v1", f"{ADAPTER}.Tab")
    folders = getattr(settings, "MAKO_TEMPLATE_DIRS_BASE", None)
    # In place: the platform's template engine holds this very list.
    if isinstance(folders, list) and MAKO not in folders:
        folders.append(MAKO)
    if not getattr(settings, "METAEDU_COURSE_STAFF", None):
        settings.METAEDU_COURSE_STAFF = f"{ADAPTER}.is_course_staff"
