"""The platform's own signals: the one module of capture that knows the platform.

Each is looked for when Django is ready. One that is not there costs its feature and one warning, never the start.
"""

from __future__ import annotations

from typing import Any, Final

from django.db.models.signals import post_delete

from metaedu_plugin import inside
from metaedu_plugin.capture import hearing

SCORES: Final = "lms.djangoapps.grades.signals.signals.PROBLEM_WEIGHTED_SCORE_CHANGED"
STATES: Final = "lms.djangoapps.courseware.models.StudentModule"
TRANSACTION: Final = "common.djangoapps.track.event_transaction_utils.get_event_transaction_type"
RESCORED: Final = "edx.grades.problem.rescored"
RETIREMENT: Final = "openedx.core.djangoapps.user_api.accounts.signals"


def connect_retirement() -> None:
    """Hear of people who are retired, in the LMS alone: there are all apps that keep something of a person."""
    if inside.project() != "lms":
        return
    for name in ("USER_RETIRE_LMS_CRITICAL", "USER_RETIRE_LMS_MISC"):
        signal = inside.found(f"{RETIREMENT}.{name}", feature="the deletion of retired users")
        if signal is not None:
            signal.connect(on_retirement, dispatch_uid=f"metaedu_capture.{name}")


def on_retirement(user: Any, **_: Any) -> None:
    """Both steps of the platform's retirement delete everything, whichever comes first, and as often as it is repeated.

    What is raised here reaches the platform's endpoint, which answers 500: the pipeline stops, and tries again.
    """
    from metaedu_plugin.capture.retirement import forget  # noqa: PLC0415  models exist only from Django's readiness on

    forget(user_id=user.pk, username=user.get_username(), for_good=True)


def connect_scores() -> None:
    """Hear of scores that changed and of states that were deleted, in the LMS alone.

    A reset of one learner is told by all of the platform's ways; that of a whole class by its deleted states alone.
    """
    if inside.project() != "lms":
        return
    signal = inside.found(SCORES, feature="what is graded or reset other than by a problem's own event")
    if signal is not None:
        signal.connect(on_score, dispatch_uid="metaedu_capture.score")
    state = inside.found(STATES, feature="what is reset for a whole class")
    if state is not None:
        post_delete.connect(hearing.on_state_deleted, sender=state, dispatch_uid="metaedu_capture.state")


@hearing.alone
def on_score(**message: Any) -> None:
    """A score that changed, save for that of a rescore: its own event says more, and it is no other answer."""
    transaction = inside.found(TRANSACTION, feature="telling a rescore of a block that is no problem from an answer")
    if transaction is None or transaction() != RESCORED:
        hearing.on_score(**message)


def connect_bus() -> None:
    """Hear of tracking events of other processes, wherever the platform's library of events is installed."""
    try:
        from openedx_events.analytics.signals import TRACKING_EVENT_EMITTED  # noqa: PLC0415  a platform's library
    except ImportError:
        return
    TRACKING_EVENT_EMITTED.connect(hearing.on_tracking_event, dispatch_uid="metaedu_capture.bus")
