"""A course made ready for drawing episodes from: flat arrays, and the counts of any of its learners."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from metaedu_plugin.training.data import CourseData

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

AHEAD = 5
"""How many responses ahead on a skill mastery is held against."""
_COUNTS = 4


@dataclass(frozen=True)
class CourseCounts:
    """First attempts and right ones, later attempts and right ones: [items, 4], [skills + 1, 4] and [4].

    The last row of `skill` stands for no skill, and so do rows of -1 in a table of skills.
    """

    item: Floats
    skill: Floats
    total: Floats


class Course:
    """All responses of a course learner by learner, each in order: arrays over its R responses."""

    def __init__(self, data: CourseData) -> None:
        self.data = data
        self.lengths: Ints = np.array([len(s) for s in data.sequences], np.int64)
        self.starts: Ints = np.cumsum(self.lengths) - self.lengths
        self.anonymous = data.anonymous
        """[items] whether an item is not known by name, so that nothing can be counted of it."""

    def __len__(self) -> int:
        """How many learners."""
        return len(self.lengths)

    def rows(self, learner: int, longest: int | None = None) -> slice:
        """Where a learner's first `longest` responses are."""
        start, length = int(self.starts[learner]), int(self.lengths[learner])
        return slice(start, start + (length if longest is None else min(longest, length)))

    def only(self, learners: Ints) -> Course:
        """The same course with these learners (indices of sequences) alone."""
        return Course(replace(self.data, sequences=[self.data.sequences[int(n)] for n in learners]))

    @cached_property
    def skill_table(self) -> Ints:
        """[items, S] skills of each item, padded with -1."""
        table = np.full((len(self.data.items), max([1, *map(len, self.data.item_skills)])), -1, np.int64)
        for row, skills in enumerate(self.data.item_skills):
            table[row, : len(skills)] = skills
        return table

    @cached_property
    def item(self) -> Ints:
        """[R] index of the item."""
        return np.concatenate([np.empty(0, np.int64), *(s.item for s in self.data.sequences)]).astype(np.int64)

    @cached_property
    def outcome(self) -> Floats:
        """[R, 5] as in `serving.schema`."""
        parts = [np.stack([s.correct, s.score, s.hints, s.seconds, s.attempt], -1) for s in self.data.sequences]
        return np.concatenate([np.empty((0, 5)), *parts]).astype(np.float32)

    @cached_property
    def time(self) -> NDArray[np.float64]:
        """[R] epoch seconds; -1 unknown."""
        return np.concatenate([np.empty(0), *(s.time for s in self.data.sequences)])

    @cached_property
    def learner(self) -> Ints:
        """[R] index of the learner's sequence."""
        return np.repeat(np.arange(len(self)), self.lengths)

    @cached_property
    def again(self) -> Floats:
        """[R] 1 where the learner has answered the item before."""
        pair = self.learner * max(1, len(self.data.items)) + self.item
        first = np.zeros(len(pair), np.float32)
        first[np.unique(pair, return_index=True)[1]] = 1.0
        return np.where(self.anonymous[self.item], np.float32(0.0), 1.0 - first).astype(np.float32)

    @cached_property
    def adds(self) -> Floats:
        """[R, 4] what each response adds to the counts."""
        correct, first = self.outcome[:, 0], 1.0 - self.again
        return np.stack([first, first * correct, self.again, self.again * correct], -1).astype(np.float32)

    @cached_property
    def ahead(self) -> Floats:
        """[R, 2] number and number correct of the next `AHEAD` responses on the item's first skill, with this one."""
        skill = self.skill_table[self.item, 0] if len(self.item) else self.item
        pair = self.learner * (len(self.data.skills) + 1) + skill
        order = np.argsort(pair, kind="stable")
        ends = np.searchsorted(pair[order], pair[order], side="right")
        upto = np.minimum(np.arange(len(pair)) + AHEAD, ends)
        sums = np.concatenate([[0.0], np.cumsum(self.outcome[order, 0], dtype=np.float64)])
        told = np.zeros((len(pair), 2), np.float32)
        told[order, 0] = upto - np.arange(len(pair))
        told[order, 1] = sums[upto] - sums[: len(pair)]
        told[skill < 0] = 0.0
        return told

    def counts(self, learners: Ints | Sequence[int] | range) -> CourseCounts:
        """Count what these learners (indices of sequences) answered."""
        learners = np.asarray(learners, np.int64)
        if len(learners) == len(self):
            return self._all
        if 2 * len(learners) > len(self):
            others = self._sum(np.setdiff1d(np.arange(len(self)), learners))
            every = self._all
            return CourseCounts(every.item - others.item, every.skill - others.skill, every.total - others.total)
        return self._sum(learners)

    def own(self, learner: int) -> CourseCounts:
        """What a learner adds in all to the counts that each of their T responses is asked with: [T, ...]."""
        where = self.rows(learner)
        items, adds = self.item[where], self.adds[where]
        kinds, pair = np.unique(items, return_inverse=True)
        per_item = _sums(pair, adds, len(kinds))
        per_item[self.anonymous[kinds]] = 0.0
        tags = self.skill_table[items]
        skills, on_skill = np.unique(tags, return_inverse=True)
        per_skill = np.zeros((len(skills), _COUNTS), np.float32)
        for column in on_skill.reshape(tags.shape).T:
            per_skill += _sums(column, adds, len(skills))
        per_skill[skills < 0] = 0.0
        return CourseCounts(per_item[pair], per_skill[on_skill.reshape(tags.shape)], adds.sum(0))

    @cached_property
    def _all(self) -> CourseCounts:
        return self._sum(np.arange(len(self)))

    def _sum(self, learners: Ints) -> CourseCounts:
        if len(learners) == len(self):
            items, adds = self.item, self.adds
        else:
            where = np.concatenate([np.empty(0, np.int64), *(np.r_[self.rows(int(n))] for n in learners)])
            items, adds = self.item[where.astype(np.int64)], self.adds[where.astype(np.int64)]
        item = _sums(items, adds, len(self.data.items))
        skill = np.zeros((len(self.data.skills) + 1, _COUNTS), np.float32)
        for column in self.skill_table.T:
            np.add.at(skill, column, item)
        skill[-1] = 0.0
        total = item.sum(0)
        item[self.anonymous] = 0.0
        return CourseCounts(item, skill, total)


def _sums(group: Ints, values: Floats, groups: int) -> Floats:
    """Sums of values [R, 4] by group, [groups, 4]."""
    columns = [np.bincount(group, weights=values[:, column], minlength=groups) for column in range(_COUNTS)]
    return np.stack(columns, -1).astype(np.float32)
