"""What is compared: each learner's first attempt at each item, before an experiment began and while it ran."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metaedu_plugin.capture import api as capture
from metaedu_plugin.experiment.data import ExperimentInfo
from metaedu_plugin.experiment.groups import ORDER

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Attempts:
    """N first attempts of L learners; codes of learners are places in `Firsts.learners`."""

    learner: Ints
    item: Ints
    correct: Flags

    def __len__(self) -> int:
        return len(self.item)

    def counts(self, learners: int) -> tuple[Ints, Ints]:
        """Attempts and right ones of each learner, [L] each."""
        each = np.bincount(self.learner, minlength=learners)
        return each, np.bincount(self.learner[self.correct], minlength=learners)


@dataclass(frozen=True)
class Firsts:
    """The first attempts of the L learners of an experiment, those who left excepted."""

    learners: list[str]
    """Pseudonyms."""
    in_order: Flags
    """[L]: whether they get the course's own order."""
    before: Attempts
    after: Attempts
    """Since the experiment began, until it ended: at items that the learner had not seen before."""
    left: tuple[int, int]
    """Learners who left: of those with suggestions, of those with the course's own order."""


def first_attempts(*, experiment: ExperimentInfo, without: Collection[str] = ()) -> Firsts:
    """Read a course's valid responses; `without` are pseudonyms of those who left. Rows of no known time are old."""
    learners: dict[str, int] = {}
    items: dict[str, int] = {}
    columns = _columns(capture.course_rows(course=experiment.course), learners, items)
    learner, item, correct, attempt, time = columns
    # Rows come in the order of ids: a stable sort leaves it so within a moment.
    order = np.lexsort((time, item, learner))
    learner, item, correct, attempt, time = learner[order], item[order], correct[order], attempt[order], time[order]
    first = np.r_[True, (np.diff(learner) != 0) | (np.diff(item) != 0)][: len(learner)]
    # Where the first row that is known is a later attempt, the first one is not known.
    first &= attempt <= 1
    names = list(learners)
    stays = np.array([name not in without for name in names], bool)
    in_order = np.array([experiment.group(name) == ORDER for name in names], bool)
    kept = first & stays[learner] if len(learner) else first
    place = np.cumsum(stays) - 1
    begun = experiment.begun.timestamp()
    ended = experiment.ended.timestamp() if experiment.ended else np.inf

    def some(which: Flags) -> Attempts:
        rows = kept & which
        return Attempts(place[learner[rows]], item[rows], correct[rows].astype(bool))

    return Firsts(
        learners=[name for name, stay in zip(names, stays, strict=True) if stay],
        in_order=in_order[stays],
        before=some(time < begun),
        after=some((time >= begun) & (time < ended)),
        left=(int((~stays & ~in_order).sum()), int((~stays & in_order).sum())),
    )


def _columns(
    chunks: Iterable[list[tuple[object, ...]]], learners: dict[str, int], items: dict[str, int]
) -> tuple[Ints, Ints, Ints, Ints, Floats]:
    parts: list[tuple[list[int], list[int], list[bool], list[int], list[float]]] = []
    for rows in chunks:
        found = [capture.CourseRow(*row) for row in rows]  # type: ignore[arg-type]
        parts.append(
            (
                [learners.setdefault(row.learner, len(learners)) for row in found],
                [items.setdefault(row.item, len(items)) for row in found],
                [row.correct for row in found],
                [row.attempt for row in found],
                [row.time.timestamp() if row.time else -np.inf for row in found],
            )
        )
    types = (np.int64, np.int64, np.int64, np.int64, np.float64)
    made = [
        np.concatenate([np.array(part[n], kind) for part in parts] or [np.zeros(0, kind)])
        for n, kind in enumerate(types)
    ]
    return made[0], made[1], made[2], made[3], made[4]
