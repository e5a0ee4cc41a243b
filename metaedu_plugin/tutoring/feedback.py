"""Feedback on the learner's last attempt at a problem."""

from __future__ import annotations

from typing import Final

from metaedu_plugin.capture import api as capture
from metaedu_plugin.tutoring.answer import FeedbackAnswer, answer
from metaedu_plugin.tutoring.attempts import InHand, last_attempt

NOTHING: Final = "none"
"""What a page sends as `since` that has seen no attempt yet."""
WAITING: Final = "waiting"
NOTHING_YET: Final = "nothing_yet"


def feedback(*, course: str, learner: str, problem: str, since: str = "") -> FeedbackAnswer | str:
    """What the last attempt says, or why there is nothing to say: `waiting` or `nothing_yet`.

    `since` is the attempt that the page knows already (`none` for none at all): with it, an older attempt
    is not taken for the one that the learner just made.
    """
    capture.drain()
    try:
        found = last_attempt(course=course, learner=learner, problem=problem)
    except InHand:
        return WAITING
    attempt = max((each.response for each in found), default=NOTHING)
    if since == attempt:
        return WAITING
    if not found:
        return NOTHING_YET
    return answer(found, course=course, learner=learner, problem=problem, attempt=attempt)
