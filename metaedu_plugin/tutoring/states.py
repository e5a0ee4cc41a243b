"""Learner states hold what is stored, under whichever version answers.

The version is taken from an answer, not from the registry: a process goes on with the version before
until a new champion is loaded, and with the prior while no model answers. What a version
missed meanwhile lies behind its mark, and is observed before it answers again.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.registry import api as registry
from metaedu_plugin.tutoring import marks, retractions
from metaedu_plugin.tutoring.convert import to_responses
from metaedu_plugin.tutoring.marks import Answering, Pair
from serving.types import CourseMap

BATCH = 500


def answering(*, course: str, learner: str) -> Answering:
    """The version that answers for a learner now."""
    asked = registry.tutor().next(course=course, learner=learner, course_map=CourseMap(), now=time.time())
    return Answering(asked.model, asked.source)


def ensure(*, course: str, learner: str) -> None:
    """Make sure that the learner's state holds all that was captured. Costs a few queries when it does."""
    capture.drain()
    begin_anew([(course, learner)])
    by = answering(course=course, learner=learner)
    pair = (course, learner)
    mark = marks.read(pairs={pair}, by=by).get(pair, 0)
    catch_up(course=course, learner=learner, after=0 if mark and _lost(course=course, learner=learner) else mark)


def prepare(*, pairs: Collection[Pair], without: Collection[str]) -> None:
    """Catch up for those of whom this version has seen nothing, but for responses that are about to be observed."""
    if not pairs:
        return
    begin_anew(retractions.among(pairs), without=without)
    course, learner = next(iter(pairs))
    known = marks.read(pairs=pairs, by=answering(course=course, learner=learner))
    for course, learner in set(pairs) - known.keys():
        catch_up(course=course, learner=learner, without=without)


def begin_anew(pairs: Iterable[Pair], *, without: Collection[str] = ()) -> int:
    """Take back what waits for these, as far as the store answers, and observe what still counts; returns how much."""
    new = 0
    for course, learner in retractions.worked_off(pairs):
        if observed(course=course, learners=[learner]):
            new += catch_up(course=course, learner=learner, without=without)
    return new


def observed(*, course: str, learners: Sequence[str]) -> list[str]:
    """Without those who have their answers left alone: of them nothing is made."""
    users = capture.user_ids(pseudonyms=learners)
    return [
        each for each in learners if each not in users or capture.chosen(user_id=users[each], course=course).answers
    ]


def catch_up(*, course: str, learner: str, after: int = 0, without: Collection[str] = ()) -> int:
    """Observe what is stored of a learner behind a mark, in order; returns how much of it was new to the state."""
    by = answering(course=course, learner=learner)
    rows = [row for row in capture.responses(course=course, learner=learner, after=after) if row.key not in without]
    tutor = registry.tutor()
    new = sum(tutor.observe_many(to_responses(rows[start : start + BATCH])) for start in range(0, len(rows), BATCH))
    if rows and retractions.note_overtaken([row.key for row in rows]):
        return begin_anew([(course, learner)], without=without)
    # Another version may have taken over half-way: then nobody knows who observed what.
    if (rows or not after) and answering(course=course, learner=learner) == by:
        marks.write(pair=(course, learner), by=by, row=max((row.id for row in rows), default=0))
    return new


def _lost(*, course: str, learner: str) -> bool:
    """Whether a store that was emptied has taken the state with it."""
    skills = list(curriculum.skills(course=course))
    found = registry.tutor().mastery(course=course, learner=learner, skills=skills, now=time.time())
    if any(each.responses for each in found):
        return False
    return any(row.skills for row in to_responses(capture.responses(course=course, learner=learner)))
