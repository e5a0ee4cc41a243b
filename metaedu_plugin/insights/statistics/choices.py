"""What is chosen instead of the right answer, and by whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from metaedu_plugin.insights.statistics.answers import Answers
from metaedu_plugin.insights.statistics.discoveries import discoveries, upper_tail
from metaedu_plugin.insights.statistics.intervals import t_as_z, t_quantile
from metaedu_plugin.insights.thresholds import KEY_LEARNERS

MOST = 3
"""Wrong choices told of each item."""


@dataclass(frozen=True)
class WrongChoice:
    """A choice that came again and again, at first attempts."""

    choice: str
    n: int
    share: float
    """Of the item's first attempts."""


@dataclass(frozen=True)
class KeyDoubt:
    """An item of which a wrong choice is the one of those who do best elsewhere."""

    item: str
    choice: str
    n: int
    gap: float
    """By how much those who chose it do better at the other items than those who were right; a share."""
    low: float
    high: float
    p: float


def wrong_choices(answers: Answers) -> dict[str, tuple[WrongChoice, ...]]:
    """For each item with options: the wrong choices that several learners made, the most frequent first."""
    first = answers.first
    n = np.bincount(answers.item[first], minlength=len(answers.items))
    rows = first[~answers.correct[first] & (answers.choice[first] >= 0)]
    width = max(len(answers.choices), 1)
    codes, counts = np.unique(answers.item[rows].astype(np.int64) * width + answers.choice[rows], return_counts=True)
    found: dict[str, list[WrongChoice]] = defaultdict(list)
    for at in np.argsort(-counts, kind="stable"):
        item, choice = divmod(int(codes[at]), width)
        told = found[answers.items[item]]
        if counts[at] > 1 and len(told) < MOST:
            told.append(WrongChoice(answers.choices[choice], int(counts[at]), float(counts[at] / n[item])))
    return {key: tuple(told) for key, told in found.items() if told}


def key_doubts(answers: Answers, *, without: Collection[str] = ()) -> list[KeyDoubt]:
    """Items whose key is doubtful beyond noise: who chose a wrong option does better elsewhere than who was right.

    Compared are rest scores (the mean, over a learner's other items, of the outcome less the item's success) by Welch's
    t test; one in twenty of those found is false at most. Items that are named in `without` are not looked at.
    """
    first = answers.first
    size, width = len(answers.items), max(len(answers.choices), 1)
    item, learner = answers.item[first].astype(np.int64), answers.learner[first]
    x = answers.correct[first].astype(float)
    success = np.bincount(item, x, size) / np.maximum(np.bincount(item, minlength=size), 1)
    residual = x - success[item]
    others = np.bincount(learner, minlength=len(answers.learners))[learner] - 1
    rest = (np.bincount(learner, residual, len(answers.learners))[learner] - residual) / np.maximum(others, 1)

    right = answers.correct[first] & (others > 0)
    wrong = ~answers.correct[first] & (answers.choice[first] >= 0) & (others > 0)
    codes, place = np.unique(item[wrong] * width + answers.choice[first][wrong], return_inverse=True)
    n, mean, var = _moments(rest[wrong], place, len(codes))
    right_n, right_mean, right_var = _moments(rest[right], item[right], size)
    of = (codes // width).astype(np.int64)
    gap = mean - right_mean[of]
    asked = np.array([key not in without for key in answers.items], bool)
    # A dozen learners may look alike by chance: none of the two groups counts as less varied than both are.
    both = ((n - 1) * var + (right_n[of] - 1) * right_var[of]) / np.maximum(n + right_n[of] - 2, 1)
    parts = np.maximum(var, both) / np.maximum(n, 1), np.maximum(right_var[of], both) / np.maximum(right_n[of], 1)
    error = np.sqrt(sum(parts))
    judged = np.flatnonzero((n >= KEY_LEARNERS) & (right_n[of] >= 2) & (error > 0) & asked[of])
    # As many degrees of freedom as Satterthwaite says: of a dozen learners, normal tails are far too short.
    squares = parts[0] ** 2 / np.maximum(n - 1, 1) + parts[1] ** 2 / np.maximum(right_n[of] - 1, 1)
    df = np.maximum(error[judged] ** 4 / squares[judged], 1.0)
    p = upper_tail(t_as_z(gap[judged] / error[judged], df))
    best: dict[str, KeyDoubt] = {}
    kept = discoveries(p)
    for at, chance, free in zip(judged[kept], p[kept], df[kept], strict=True):
        key, half = answers.items[of[at]], t_quantile(float(free)) * float(error[at])
        choice = answers.choices[int(codes[at]) % width]
        value = float(gap[at])
        one = KeyDoubt(key, choice, int(n[at]), value, value - half, value + half, float(chance))
        if key not in best or one.gap > best[key].gap:
            best[key] = one
    return list(best.values())


def _moments(values: np.ndarray, group: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Number, mean and variance of values in each group."""
    n = np.bincount(group, minlength=size)
    mean = np.bincount(group, values, size) / np.maximum(n, 1)
    square = np.bincount(group, (values - mean[group]) ** 2, size)
    return n, mean, square / np.maximum(n - 1, 1)
