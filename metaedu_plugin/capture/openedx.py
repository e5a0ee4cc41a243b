"""The platform's own signals: the one module of capture that knows the platform.

Each is looked for when Django is ready. One that is not there costs its feature and one warning, never the start.
"""

from __future__ import annotations

from typing import Final

from django.conf import settings

from metaedu_plugin.capture import hearing
from metaedu_plugin.steps import warn_once

LMS: Final = "lms.urls"
"""ROOT_URLCONF of the platform's learning side."""


def connect_scores() -> None:
    """Hear of scores that changed, in the LMS alone."""
    if getattr(settings, "ROOT_URLCONF", "") != LMS:
        return
    try:
        from lms.djangoapps.grades.signals.signals import (  # noqa: PLC0415  there in the LMS alone
            PROBLEM_WEIGHTED_SCORE_CHANGED,
        )
    except Exception as error:
        warn_once(
            "metaedu: scores of blocks that are no problems, and reset ones, are not captured; this platform has no"
            f" PROBLEM_WEIGHTED_SCORE_CHANGED where it is looked for: {error}"
        )
        return
    PROBLEM_WEIGHTED_SCORE_CHANGED.connect(hearing.on_score, dispatch_uid="metaedu_capture.score")


def connect_bus() -> None:
    """Hear of tracking events of other processes, wherever the platform's library of events is installed."""
    try:
        from openedx_events.analytics.signals import TRACKING_EVENT_EMITTED  # noqa: PLC0415  a platform's library
    except ImportError:
        return
    TRACKING_EVENT_EMITTED.connect(hearing.on_tracking_event, dispatch_uid="metaedu_capture.bus")
