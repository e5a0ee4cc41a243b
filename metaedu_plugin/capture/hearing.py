"""What capture hears of besides tracking events in the process: changed scores, and events of other processes.

Receivers append to the spool and nothing else; whatever goes wrong in one stays in it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache, wraps
from typing import Any

import msgspec
from django.utils import timezone

from metaedu_plugin.capture import events
from metaedu_plugin.capture.events import score
from metaedu_plugin.capture.receive import receive

log = logging.getLogger(__name__)


def alone(receiver: Callable[..., None]) -> Callable[..., None]:
    """What goes wrong stays here: the platform sends its signals in the learner's request, and not robustly."""

    @wraps(receiver)
    def guarded(sender: Any = None, **message: Any) -> None:
        try:
            receiver(**message)
        except Exception as error:
            _warn(receiver.__name__, repr(error))

    return guarded


@lru_cache(maxsize=64)
def _warn(receiver: str, error: str) -> None:
    """One line a process: what changed in the platform is wrong each time."""
    log.warning("capture: %s failed, what it heard of is not captured: %s", receiver, error)


@alone
def on_score(
    *,
    user_id: int,
    course_id: str,
    usage_id: str,
    weighted_earned: float | None,
    weighted_possible: float | None,
    modified: datetime | None = None,
    score_deleted: bool | None = False,
    grader_response: bool | None = False,
    **_: Any,
) -> None:
    """A score changed. Of a problem only what its `problem_check` cannot say is kept: a reset, a grader's score."""
    if score.is_problem(str(usage_id)) and not (score_deleted or grader_response):
        return
    # For a reset the platform sends its local time as if it were UTC.
    when = timezone.now() if score_deleted or modified is None else modified
    receive(
        event={
            "name": score.KIND.name,
            "timestamp": when,
            "context": {},
            "data": {
                "user_id": user_id,
                "course_id": str(course_id),
                "usage_id": str(usage_id),
                "earned": weighted_earned,
                "possible": weighted_possible,
                "deleted": bool(score_deleted),
                "by_grader": bool(grader_response),
            },
        }
    )


@alone
def on_state_deleted(*, instance: Any, **_: Any) -> None:
    """The state of a learner at a block is gone: a reset."""
    on_score(
        user_id=instance.student_id,
        course_id=instance.course_id,
        usage_id=instance.module_state_key,
        weighted_earned=None,
        weighted_possible=None,
        score_deleted=True,
    )


@alone
def on_tracking_event(*, tracking_log: Any, from_event_bus: bool = False, **_: Any) -> None:
    """A tracking event of another process. One of this process has come by the tracking backend already."""
    if from_event_bus and tracking_log.name in events.KINDS:
        receive(
            event={
                "name": tracking_log.name,
                "timestamp": tracking_log.timestamp,
                "data": tracking_log.data,
                "context": msgspec.json.decode(tracking_log.context),
            }
        )
