"""Events of metaedu's own, back into the platform's event tracking: docs/events.md describes each.

They go where the platform's events go (its log, its LRS), where event tracking is installed and configured, and
nowhere else. What the platform adds of the person is the platform's; metaedu adds nothing personal.
"""

from __future__ import annotations

import hashlib
import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.core.cache import cache

log = logging.getLogger(__name__)

VERSION: Final = 1
"""Of the events' data: it grows when a field changes its meaning or goes, not when one is added."""

RECOMMENDATION_SHOWN: Final = "metaedu.recommendation.shown"
RECOMMENDATION_FOLLOWED: Final = "metaedu.recommendation.followed"
RECOMMENDATION_DISMISSED: Final = "metaedu.recommendation.dismissed"
FEEDBACK_SHOWN: Final = "metaedu.feedback.shown"
PLAN_VIEWED: Final = "metaedu.plan.viewed"
INSIGHT_SHOWN: Final = "metaedu.insight.shown"
INSIGHT_ACCEPTED: Final = "metaedu.insight.accepted"
INSIGHT_DISMISSED: Final = "metaedu.insight.dismissed"
NAMES: Final = (
    RECOMMENDATION_SHOWN,
    RECOMMENDATION_FOLLOWED,
    RECOMMENDATION_DISMISSED,
    FEEDBACK_SHOWN,
    PLAN_VIEWED,
    INSIGHT_SHOWN,
    INSIGHT_ACCEPTED,
    INSIGHT_DISMISSED,
)

_ORG: Final = re.compile(r"(?:[\w.-]+:)?([^+/:]+)[+/]")
_complained: set[str] = set()


def emit(*, name: str, course: str, data: Mapping[str, Any]) -> bool:
    """Emit an event about a course; whether the platform's tracker took it.

    Never raises. Nothing happens where there is no tracker, or with METAEDU_TRACKING_EVENTS = False.
    """
    # .. toggle_name: METAEDU_TRACKING_EVENTS
    # .. toggle_implementation: DjangoSetting
    # .. toggle_default: True
    # .. toggle_description: Whether what was shown, followed and dismissed goes into the platform's event tracking.
    # .. toggle_use_cases: opt_out
    # .. toggle_creation_date: 2026-11-26
    if not getattr(settings, "METAEDU_TRACKING_EVENTS", True):
        return False
    try:
        tracker = _tracker()
        if tracker is None:
            return False
        # The platform knows the course of its own addresses only, and reports are by course.
        with tracker.context("metaedu", {"course_id": course, "org_id": _org(course)}):
            tracker.emit(name, {"version": VERSION, "course_id": course, **data})
    except Exception:
        _complain("emit", f"{name} could not be emitted")
        return False
    return True


def first_time(*parts: object, seconds: int) -> bool:
    """Whether this is the first time within so many seconds that anybody asks about these parts.

    By the platform's cache, so that all processes agree. Without it the answer is no: an event that is missing is
    better than one at each poll.
    """
    text = "\x1f".join(map(str, parts))
    key = f"metaedu:told:{hashlib.sha256(text.encode()).hexdigest()[:40]}"
    try:
        if not cache.add(key, 1, seconds):
            return False
        kept = cache.get(key) is not None
    except Exception:
        _complain("cache", "the cache does not answer")
        return False
    if not kept:
        _complain("cache", "the cache keeps nothing")
    return kept


def _tracker() -> Any:
    """The platform's tracker; none where event tracking is not installed, switched off or not set up."""
    try:
        from eventtracking import tracker  # noqa: PLC0415  not every platform has it
    except ImportError:
        return None
    return tracker.TRACKERS.get(tracker.DEFAULT_TRACKER_NAME)


def _org(course: str) -> str:
    found = _ORG.match(course)
    return found[1] if found else ""


def _complain(about: str, what: str) -> None:
    """Once in the life of a process: one broken thing must not fill the log."""
    log.log(
        logging.DEBUG if about in _complained else logging.WARNING,
        "metaedu: %s, so its events are missing from the platform's log; learners notice nothing. Check"
        " EVENT_TRACKING_BACKENDS and CACHES, or set METAEDU_TRACKING_EVENTS = False.",
        what,
        exc_info=sys.exc_info()[0] is not None,
    )
    _complained.add(about)
