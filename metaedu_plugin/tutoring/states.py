"""Learner states hold what is stored, under whichever version answers.

The version is taken from an answer, not from the registry: a process goes on with the version before
until a new champion is loaded, and with the prior while no model answers. What a version
missed meanwhile lies behind its mark, and is observed before it answers again.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.registry import api as registry
from metaedu_plugin.tutoring import marks, retractions
from metaedu_plugin.tutoring.convert import to_responses
from metaedu_plugin.tutoring.marks import Answering, Pair
from serving.types import CourseMap

BATCH: Final = 500
"""Responses handed to the engine at once."""
TOGETHER: Final = 100
"""Learners who are caught up together: they share what is asked of the database."""


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
    after = 0 if mark and _lost(course=course, learner=learner) else mark
    catch_up(course=course, learners=[learner], after=after)


def prepare(*, pairs: Collection[Pair], without: Collection[str]) -> set[Pair]:
    """Catch up for those of whom this version has seen nothing, but for responses that are about to be observed.

    Returns of whom: their states hold all else that is stored.
    """
    if not pairs:
        return set()
    begin_anew(retractions.among(pairs), without=without)
    course, learner = next(iter(pairs))
    known = marks.read(pairs=pairs, by=answering(course=course, learner=learner))
    new: dict[str, list[str]] = defaultdict(list)
    for course, learner in sorted(set(pairs) - known.keys()):
        new[course].append(learner)
    for course, learners in new.items():
        catch_up(course=course, learners=learners, without=without)
    return {(course, learner) for course, learners in new.items() for learner in learners}


def begin_anew(pairs: Iterable[Pair], *, without: Collection[str] = ()) -> int:
    """Take back what waits for these, as far as the store answers, and observe what still counts; returns how much."""
    new = 0
    for course, learner in retractions.worked_off(pairs):
        # Of those who have their answers left alone nothing is made.
        if not capture.left_alone(course=course, learner=learner):
            new += catch_up(course=course, learners=[learner], without=without)
    return new


def catch_up(
    *,
    course: str,
    learners: Sequence[str],
    after: int = 0,
    without: Collection[str] = (),
    progress: Callable[[int], None] | None = None,
) -> int:
    """Observe what is stored of learners behind a mark, each one's in order; returns how much was new to the states.

    `progress` is called with the number of learners done.
    """
    new = 0
    for start in range(0, len(learners), TOGETHER):
        some = learners[start : start + TOGETHER]
        new += _catch_up(course, some, after=after, without=without)
        if progress:
            progress(start + len(some))
    return new


def _catch_up(course: str, learners: Sequence[str], *, after: int, without: Collection[str]) -> int:
    by = answering(course=course, learner=learners[0])
    found = capture.responses_of(course=course, learners=learners, after=after)
    rows = {learner: [row for row in its if row.key not in without] for learner, its in found.items()}
    every = [row for its in rows.values() for row in its]
    tutor = registry.tutor()
    new = sum(tutor.observe_many(to_responses(every[start : start + BATCH])) for start in range(0, len(every), BATCH))
    overtaken = retractions.note_overtaken([row.key for row in every])
    seen = {
        learner: max((row.id for row in its), default=0)
        for learner, its in rows.items()
        if (its or not after) and (course, learner) not in overtaken
    }
    # Another version may have taken over half-way: then nobody knows who observed what.
    if seen and answering(course=course, learner=learners[0]) == by:
        marks.write(course=course, rows=seen, by=by)
    return new + begin_anew(overtaken, without=without)


def _lost(*, course: str, learner: str) -> bool:
    """Whether a store that was emptied has taken the state with it."""
    skills = list(curriculum.skills(course=course))
    found = registry.tutor().mastery(course=course, learner=learner, skills=skills, now=time.time())
    if any(each.responses for each in found):
        return False
    return any(row.skills for row in to_responses(capture.responses(course=course, learner=learner)))
