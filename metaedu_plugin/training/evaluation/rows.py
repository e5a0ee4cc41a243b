"""What is to be predicted, flat: one row per response, with what may be known at that moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metaedu_plugin.training.data import CourseData

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Rows:
    """Responses of some learners of one course, learner by learner, each in order. Every array has length N."""

    course: CourseData
    learner: Ints
    """Index into `course.sequences`."""
    item: Ints
    correct: Floats
    score: Floats
    hints: Floats
    seconds: Floats
    attempt: Floats
    time: Floats
    submission: Ints
    """Number of the submission within the learner, from 0. Responses of one submission are all predicted before
    any of them is seen: one of them would give the others away."""
    seen: Ints
    """Responses of the learner in the course before the row's submission."""
    fresh: Flags
    """Where the item is anonymous: it stands for one that nobody has ever answered."""

    def __len__(self) -> int:
        return len(self.item)


def flatten(course: CourseData) -> Rows:
    """All responses of the course as rows."""
    parts = course.sequences
    if not parts:
        nothing = np.zeros(0)
        none, never = np.zeros(0, np.int64), np.zeros(0, np.bool_)
        return Rows(course, none, none, *(nothing,) * 6, none, none, never)

    def column(name: str) -> Floats:
        return np.concatenate([np.asarray(getattr(s, name), np.float64) for s in parts])

    lengths = np.array([len(s) for s in parts])
    learner = np.repeat(np.arange(len(parts)), lengths)
    starts = np.repeat(np.cumsum(lengths) - lengths, lengths)
    item = np.concatenate([np.asarray(s.item, np.int64) for s in parts])
    attempt, time = column("attempt"), column("time")
    fresh = course.anonymous[item]
    new = _new_submission(learner, np.where(fresh, -1 - np.arange(len(item)), item), attempt, time)
    number = np.cumsum(new) - 1
    first_row = np.flatnonzero(new)[number] if len(new) else number
    return Rows(
        course=course,
        learner=learner,
        item=item,
        correct=column("correct"),
        score=column("score"),
        hints=column("hints"),
        seconds=column("seconds"),
        attempt=attempt,
        time=time,
        submission=number - number[starts] if len(new) else number,
        seen=first_row - starts,
        fresh=fresh,
    )


def _new_submission(learner: Ints, item: Ints, attempt: Floats, time: Floats) -> Flags:
    """Where a submission begins.

    Rows belong together when they were handed in at the same known moment (the parts of a problem), or, where the
    source tells no time, when the same attempt at the same item is repeated (once for each of its skills).
    """
    new = np.ones(len(item), np.bool_)
    same_learner = learner[1:] == learner[:-1]
    same_moment = (time[1:] == time[:-1]) & (time[1:] >= 0)
    same_attempt = (time[1:] < 0) & (item[1:] == item[:-1]) & (attempt[1:] == attempt[:-1])
    new[1:] = ~(same_learner & (same_moment | same_attempt))
    return new
