"""First attempts as a table of learners by items: what goes together beyond how hard items are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from metaedu_plugin.insights.statistics.answers import Answers, Floats, Ints
from metaedu_plugin.insights.thresholds import MIN_LEARNERS

Table = NDArray[np.float32]
CELLS = 12_000_000
"""Cells of the table at most: beyond, a sample of the learners says the same in a fraction of the time."""


@dataclass(frozen=True)
class Residuals:
    """L learners by I items, and which of K skills each item is tagged with."""

    items: list[str]
    skills: list[str]
    value: Table
    """[L, I]: outcome less the item's success, in standard deviations; 0 where not answered."""
    seen: Table
    """[L, I]: 1 where answered."""
    success: Floats
    """[I]: share right at the first attempt."""
    tags: Table
    """[I, K]: 1 where tagged."""
    first: Ints
    """[L, K]: row of the learner's first attempt at any item of the skill; -1 where there was none."""

    @cached_property
    def sums(self) -> Table:
        """[L, K]: sum of the learner's residuals on each skill."""
        return self.value @ self.tags

    @cached_property
    def counts(self) -> Table:
        """[L, K]: items of each skill that the learner answered."""
        return self.seen @ self.tags


def residuals(
    answers: Answers, *, skills: Sequence[str], item_skills: Mapping[str, Sequence[str]], without: Collection[str] = ()
) -> Residuals:
    """The table of a class; without items that too few answered, that all answered alike, or that are named."""
    size = len(answers.items)
    rows = answers.first
    n = np.bincount(answers.item[rows], minlength=size)
    right = np.bincount(answers.item[rows], answers.correct[rows], size)
    left_out = np.array([key in without for key in answers.items] or [], dtype=bool)
    kept = np.flatnonzero((n >= MIN_LEARNERS) & (right > 0) & (right < n) & ~left_out)
    people = _sample(len(answers.learners), max(len(kept), 1))
    column, line = np.full(size, -1), np.full(max(len(answers.learners), 1), -1)
    column[kept], line[people] = np.arange(len(kept)), np.arange(len(people))
    rows = rows[(column[answers.item[rows]] >= 0) & (line[answers.learner[rows]] >= 0)]
    at, who = column[answers.item[rows]], line[answers.learner[rows]]
    success = right[kept] / np.maximum(n[kept], 1)
    value = np.zeros((len(people), len(kept)), np.float32)
    seen = np.zeros_like(value)
    value[who, at] = (answers.correct[rows] - success[at]) / np.sqrt(success[at] * (1 - success[at]))
    seen[who, at] = 1
    tags = np.zeros((len(kept), len(skills)), np.float32)
    place = {key: k for k, key in enumerate(skills)}
    for i, key in enumerate(answers.items[n] for n in kept):
        for skill in item_skills.get(key, ()):
            if skill in place:
                tags[i, place[skill]] = 1
    return Residuals(
        items=[answers.items[n] for n in kept],
        skills=list(skills),
        value=value,
        seen=seen,
        success=success,
        tags=tags,
        first=_first_rows(rows, who, at, tags, len(people)),
    )


def _sample(people: int, items: int) -> Ints:
    most = max(CELLS // items, 1)
    if people <= most:
        return np.arange(people)
    return np.sort(np.random.default_rng(0).choice(people, most, replace=False))


def _first_rows(rows: Ints, who: Ints, at: Ints, tags: Table, people: int) -> Ints:
    first = np.full((people, tags.shape[1]), -1, np.int64)
    for k in range(tags.shape[1]):
        mine = tags[at, k] > 0
        met, places = np.unique(who[mine], return_index=True)
        first[met, k] = rows[mine][places]
    return first


@dataclass(frozen=True)
class Ratio:
    """A mean of products over pairs, with what each learner adds to its error."""

    value: float
    influence: Floats
    """[L]; its mean is 0."""

    @classmethod
    def of(cls, products: np.ndarray, pairs: np.ndarray) -> Ratio:
        """Sum of products over number of pairs, both [L]; NaN without pairs."""
        total = float(pairs.sum())
        if total <= 0:
            return cls(float("nan"), np.zeros(len(products)))
        value = float(products.sum()) / total
        return cls(value, (products - value * pairs) / (total / len(pairs)))

    @property
    def error(self) -> float:
        """Standard error."""
        return spread(self.influence)


def within(sums: np.ndarray, squares: np.ndarray, counts: np.ndarray) -> Ratio:
    """Mean product over the pairs of different items in one group of items, from each learner's sums over it."""
    return Ratio.of((sums.astype(float) ** 2 - squares) / 2, (counts.astype(float) ** 2 - counts) / 2)


def across(sums: np.ndarray, counts: np.ndarray, other_sums: np.ndarray, other_counts: np.ndarray) -> Ratio:
    """Mean product over the pairs of an item in one group and an item in another."""
    return Ratio.of(sums.astype(float) * other_sums, counts.astype(float) * other_counts)


def spread(influence: Floats) -> float:
    """Standard error of a figure from what each learner adds to it."""
    return float(np.sqrt((influence**2).sum())) / max(len(influence), 1)
