"""Several courses side by side, so that one step of the simulation moves all their learners at once.

A *row* is a learner of any of the courses. Items and sets of all courses are numbered through; skills, sets and items
that belong to a row lie in flat arrays, from an index of the row on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metaedu_plugin.training.simulation.items import Items
from metaedu_plugin.training.simulation.traits import CourseTraits

Ints = NDArray[np.int64]


class Group:
    """Courses with their items; what is the same for all learners of a course is repeated for each row."""

    def __init__(self, traits: Sequence[CourseTraits], items: Sequence[Items]) -> None:
        self.traits, self.courses = traits, items
        self.learners = np.array([course.learners for course in traits])
        self.rows = int(self.learners.sum())
        self.course = np.repeat(np.arange(len(traits)), self.learners)
        counts = np.array([len(course.difficulty) for course in items])
        self.first_item = np.cumsum(counts) - counts
        self.first_set = np.cumsum(self.each("sets", rows=False)) - self.each("sets", rows=False)
        self.met_from = self._from(counts)
        """[rows] where the items of a row begin in a flat array of rows and items; `+ item` is its place."""
        self.met_from -= self.first_item[self.course]
        self.skills_from = self._from(self.each("skills", rows=False))
        self.sets_from = self._from(self.each("sets", rows=False))
        self.met_size = int((self.learners * counts).sum())
        self.start = np.concatenate(
            [course.start + first for course, first in zip(items, self.first_item, strict=True)]
        )
        self.size = self.of_items("size")

    def each(self, name: str, *, rows: bool = True) -> NDArray[Any]:
        """A trait, once for each row, or for each course."""
        values = np.array([getattr(course, name) for course in self.traits])
        values = values.astype(np.float32) if values.dtype.kind == "f" else values
        return values[self.course] if rows else values

    def of_items(self, name: str) -> NDArray[Any]:
        """A property of the items (or sets) of all courses."""
        return np.concatenate([getattr(course, name) for course in self.courses])

    def _from(self, width: Ints) -> Ints:
        """[rows] where each row begins in a flat array with `width` places for a row of each course."""
        wide = width[self.course]
        return np.asarray(np.cumsum(wide) - wide)
