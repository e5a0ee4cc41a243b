"""A course made ready for drawing episodes from: flat arrays, and the counts of any of its learners."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from metaedu_plugin.training.data import CourseData
from serving.schema import COUNTS, COURSE_COUNTS

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

AHEAD = 5
"""How many responses ahead on a skill mastery is held against."""


@dataclass(frozen=True)
class CourseCounts:
    """As in `serving.schema`: [items, 5], [skills + 1, 5] and [5].

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

    def rows_of(self, learners: Ints) -> Ints:
        """Indices of all responses of these learners, one learner after the other."""
        none = np.empty(0, np.int64)
        return np.concatenate([none, *(np.r_[self.rows(int(n))] for n in learners)]).astype(np.int64)

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
        """[R, 4] what each response adds to the counts, but for the number of learners."""
        correct, first = self.outcome[:, 0], 1.0 - self.again
        return np.stack([first, first * correct, self.again, self.again * correct], -1).astype(np.float32)

    @cached_property
    def new_on_skill(self) -> NDArray[np.bool_]:
        """[R, S] whether it is the learner's first response on each of the item's skills; never where there is none."""
        tags = self.skill_table[self.item]
        pair = self.learner[:, None] * (len(self.data.skills) + 1) + tags
        new = np.zeros(tags.shape, np.bool_)
        new.reshape(-1)[np.unique(pair, return_index=True)[1]] = True
        return new & (tags >= 0)

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
        items, adds = self.item[where], np.pad(self.adds[where], ((0, 0), (0, 1)))
        kinds, pair = np.unique(items, return_inverse=True)
        per_item = _sums(pair, adds, len(kinds))
        per_item[self.anonymous[kinds]] = 0.0
        tags = self.skill_table[items]
        skills, on_skill = np.unique(tags, return_inverse=True)
        per_skill = np.zeros((len(skills), COURSE_COUNTS), np.float32)
        for column in on_skill.reshape(tags.shape).T:
            per_skill += _sums(column, adds, len(skills))
        per_skill[skills < 0] = 0.0
        in_all = adds.sum(0)
        for counts in (per_item, per_skill, in_all):
            counts[..., COUNTS] = counts[..., 0] + counts[..., 2] > 0
        return CourseCounts(per_item[pair], per_skill[on_skill.reshape(tags.shape)], in_all)

    @cached_property
    def _all(self) -> CourseCounts:
        return self._sum(np.arange(len(self)))

    def _sum(self, learners: Ints) -> CourseCounts:
        where = self.rows_of(learners)
        items, adds = self.item[where], np.pad(self.adds[where], ((0, 0), (0, 1)))
        item = _sums(items, adds, len(self.data.items))
        skill = np.zeros((len(self.data.skills) + 1, COURSE_COUNTS), np.float32)
        for column, new in zip(self.skill_table.T, self.new_on_skill[where].T, strict=True):
            np.add.at(skill, column, item)
            np.add.at(skill[:, COUNTS], column[items], new)
        skill[-1] = 0.0
        total = item.sum(0)
        total[COUNTS] = np.count_nonzero(self.lengths[learners])
        item[:, COUNTS] = item[:, 0]
        item[self.anonymous] = 0.0
        return CourseCounts(item, skill, total)


def _sums(group: Ints, values: Floats, groups: int) -> Floats:
    """Sums of values [R, C] by group, [groups, C]."""
    columns = [np.bincount(group, weights=column, minlength=groups) for column in values.T]
    return np.stack(columns, -1).astype(np.float32)
