"""Learners whose states hold responses that no longer count: noted first, taken back, and only then struck out.

So nothing of it is lost while the store is away, or when a process dies half-way. Whoever comes next goes on: the
learner who asks, whose next answer is observed, and, a few at a time, anybody else's; a replay does all of its course.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from django.db.models import Count, Min

from metaedu_plugin.capture import api as capture
from metaedu_plugin.registry import api as registry
from metaedu_plugin.tutoring import marks, memory, progress
from metaedu_plugin.tutoring.marks import Pair
from metaedu_plugin.tutoring.models import LatestFeedback, ObservedUpTo, WaitingRetraction

log = logging.getLogger(__name__)

BATCH: Final = 500
A_FEW: Final = 3
"""Others that are done with an answer: nobody waits for a class."""


def note(pairs: Collection[Pair]) -> None:
    """Note that the states of these are to be taken back. What rested on the answers in the database goes at once."""
    rows = [WaitingRetraction(key=uuid.uuid4().hex, course=course, learner_id=learner) for course, learner in pairs]
    WaitingRetraction.objects.bulk_create(rows, batch_size=BATCH)
    for course, learner in pairs:
        memory.drop(course=course, learner=learner)
        progress.drop(course=course, learner=learner)


def note_overtaken(keys: Sequence[str]) -> list[Pair]:
    """Of responses that were just observed, those that a reset or a rescore has overtaken in the meantime; of whom.

    Whoever takes back looks at the state after the reset is stored, and whoever observes looks here after the state is
    written: whichever comes last sees the other.
    """
    found = capture.overtaken(keys=keys)
    pairs = list(dict.fromkeys((each.course, each.learner) for each in found))
    if pairs:
        LatestFeedback.objects.filter(response__in=[each.key for each in found]).delete()
        note(pairs)
    return pairs


def waiting(*, course: str) -> list[str]:
    """Learners of a course whose states are to be taken back."""
    found = WaitingRetraction.objects.filter(course=course).order_by("id").values_list("learner__pseudonym", flat=True)
    return list(dict.fromkeys(found))


def all_waiting() -> registry.Waiting:
    """How many learners' states, of all courses, are to be taken back."""
    found = WaitingRetraction.objects.aggregate(learners=Count("learner", distinct=True), since=Min("noted"))
    return registry.Waiting(**found)


def among(pairs: Collection[Pair]) -> list[Pair]:
    """Those of the pairs whose states are to be taken back, and a few others that have waited longest."""
    found: dict[Pair, None] = {}
    learners = sorted({learner for _, learner in pairs})
    for start in range(0, len(learners), BATCH):
        rows = WaitingRetraction.objects.filter(learner_id__in=learners[start : start + BATCH])
        found |= dict.fromkeys(pair for pair in rows.values_list("course", "learner__pseudonym") if pair in pairs)
    others = WaitingRetraction.objects.order_by("id").values_list("course", "learner__pseudonym")[:A_FEW]
    return list(found | dict.fromkeys(others))


def work_off(*, course: str, learner: str) -> bool:
    """Take back what waits for a learner in a course; whether anything did. Then the state is to be caught up.

    Raises what the store or the service raises while it is away; then it waits on.
    """
    rows = WaitingRetraction.objects.filter(course=course, learner_id=learner).order_by("id")
    keys = list(rows.values_list("key", flat=True))
    if not keys:
        return False
    registry.tutor().retract(course=course, learner=learner, id=keys[-1])
    ObservedUpTo.objects.filter(learner_id=learner, course=course).delete()
    marks.drop(learner=learner)
    # Only those that were there before: what was noted since is for another time.
    WaitingRetraction.objects.filter(key__in=keys).delete()
    return True


def worked_off(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """The same of several, one after the other, as far as the store answers: each of whom something was taken back."""
    for course, learner in pairs:
        try:
            done = work_off(course=course, learner=learner)
        except Exception as error:
            log.warning("states hold responses that no longer count, until the store of states answers: %s", error)
            return
        if done:
            yield course, learner
