"""The learner's last attempt at a problem, with what the model said about each part."""

from __future__ import annotations

import datetime
from typing import Final

from django.utils import timezone

from metaedu_plugin.capture import api as capture
from metaedu_plugin.tutoring import kept
from metaedu_plugin.tutoring.observe import observe_one
from metaedu_plugin.tutoring.states import ensure

IN_HAND: Final = datetime.timedelta(seconds=5)
"""Age up to which a stored response is taken to be with another process, which is about to observe it."""


class InHand(Exception):
    """The attempt is stored, and its feedback is about to come."""


def last_attempt(*, course: str, learner: str, problem: str) -> list[kept.Kept]:
    """Feedback on each part; made now where the responses came in bulk or before metaedu did. Empty for no attempt.

    Raises InHand.
    """
    found = kept.latest(course=course, learner=learner, problem=problem)
    if found and all(each.feedback for each in found):
        return found
    rows = _stored(course=course, learner=learner, problem=problem)
    since = timezone.now() - IN_HAND
    if not found and any(row.time and row.time > since for row in rows):
        raise InHand
    if rows:
        ensure(course=course, learner=learner)
    for row in rows:
        observe_one(row)
    return [each for each in kept.latest(course=course, learner=learner, problem=problem) if each.feedback]


def _stored(*, course: str, learner: str, problem: str) -> list[capture.Captured]:
    """The parts of the last stored attempt; responses come in the order of their time."""
    rows = [row for row in capture.responses(course=course, learner=learner) if row.problem == problem]
    return [row for row in rows if (row.time, row.attempt) == (rows[-1].time, rows[-1].attempt)]
