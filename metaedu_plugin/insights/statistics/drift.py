"""Items that change over the months: spread answers, a changed text, another cohort's preparation."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from metaedu_plugin.insights.statistics.answers import Answers, Floats
from metaedu_plugin.insights.statistics.discoveries import discoveries, upper_tail
from metaedu_plugin.insights.statistics.intervals import wilson
from metaedu_plugin.insights.thresholds import DRIFT_MONTHS, DRIFT_SHIFT, MIN_LEARNERS

MONTH_LEARNERS = 8
"""First attempts in a month, for it to count as one."""


@dataclass(frozen=True)
class Month:
    """First attempts at an item within one month, with the 95 % interval of the share right."""

    month: str
    """As in 2026-09."""
    n: int
    success: float
    low: float
    high: float


@dataclass(frozen=True)
class Drift:
    """An item and its months."""

    item: str
    months: tuple[Month, ...]
    shift: float
    """Change of the share right from the first to the last month along the fitted line, at equal success elsewhere."""
    low: float
    high: float
    p: float
    """Two-sided."""


def months_of(answers: Answers) -> tuple[list[str], np.ndarray]:
    """Months (UTC) with answers, in order, and the month of each first attempt: an index, -1 unknown."""
    time = answers.time[answers.first]
    known = ~np.isnan(time)
    month = np.full(len(time), -1, np.int64)
    month[known] = time[known].astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
    names, place = np.unique(month[known], return_inverse=True)
    month[known] = place
    start = datetime(1970, 1, 1, tzinfo=UTC)
    return [f"{start.year + n // 12}-{n % 12 + 1:02d}" for n in names.tolist()], month


def drifts(answers: Answers, *, without: Collection[str] = ()) -> list[Drift]:
    """Items whose first-attempt success moves over the months, beyond noise; one in twenty of them is false at most.

    Items that are named in `without` are not looked at.

    The trend is fitted to what is left of each outcome after the learner's success at other items: a stronger cohort
    is no change of the item. Months of fewer than `MONTH_LEARNERS` first attempts do not count.
    """
    names, month = months_of(answers)
    if len(names) < DRIFT_MONTHS:
        return []
    size, width = len(answers.items), len(names)
    item, correct = answers.item[answers.first].astype(np.int64), answers.correct[answers.first]
    left = _beyond_ability(answers)
    code = item * width + month
    counts = np.bincount(code[month >= 0], minlength=size * width)
    use = (month >= 0) & (counts[np.maximum(code, 0)] >= MONTH_LEARNERS)
    n = np.bincount(code[use], minlength=size * width).reshape(size, width)
    right = np.bincount(code[use], correct[use], size * width).reshape(size, width)
    item, x, y = item[use], month[use].astype(float), left[use]
    total = np.maximum(np.bincount(item, minlength=size), 1)
    x = x - (np.bincount(item, x, size) / total)[item]
    y = y - (np.bincount(item, y, size) / total)[item]
    sxx = np.maximum(np.bincount(item, x * x, size), 1e-9)
    slope = np.bincount(item, x * y, size) / sxx
    # As if there were no trend: errors from what is left after fitting one come out too small.
    error = np.sqrt(np.bincount(item, (x * y) ** 2, size)) / sxx
    asked = np.array([key not in without for key in answers.items], bool)
    judged = np.flatnonzero(((n > 0).sum(axis=1) >= DRIFT_MONTHS) & (total >= MIN_LEARNERS) & (error > 0) & asked)
    p = np.minimum(2 * upper_tail(np.abs(slope[judged] / error[judged])), 1.0)
    found = []
    for i, chance in zip(judged[discoveries(p)], p[discoveries(p)], strict=True):
        at = np.flatnonzero(n[i])
        length = int(at[-1] - at[0])
        shift, half = slope[i] * length, 1.96 * error[i] * length
        if abs(shift) < DRIFT_SHIFT:
            continue
        low, high = wilson(right[i, at], n[i, at])
        months = tuple(
            Month(names[m], int(n[i, m]), float(right[i, m] / n[i, m]), float(lo), float(hi))
            for m, lo, hi in zip(at.tolist(), low, high, strict=True)
        )
        found.append(
            Drift(answers.items[i], months, float(shift), float(shift - half), float(shift + half), float(chance))
        )
    return found


def monthly(answers: Answers) -> dict[str, tuple[Month, ...]]:
    """First attempts at each item month by month; only items with `DRIFT_MONTHS` months that count."""
    names, month = months_of(answers)
    if len(names) < DRIFT_MONTHS:
        return {}
    size, width = len(answers.items), len(names)
    known = month >= 0
    code = answers.item[answers.first][known].astype(np.int64) * width + month[known]
    n = np.bincount(code, minlength=size * width).reshape(size, width)
    right = np.bincount(code, answers.correct[answers.first][known], size * width).reshape(size, width)
    low, high = wilson(right, n)
    share = right / np.maximum(n, 1)
    counted = n >= MONTH_LEARNERS
    return {
        answers.items[i]: tuple(
            Month(names[m], int(n[i, m]), float(share[i, m]), float(low[i, m]), float(high[i, m]))
            for m in np.flatnonzero(counted[i]).tolist()
        )
        for i in np.flatnonzero(counted.sum(axis=1) >= DRIFT_MONTHS).tolist()
    }


def _beyond_ability(answers: Answers) -> Floats:
    """Outcome of each first attempt less what the item's success and the learner's success elsewhere lead to expect."""
    first = answers.first
    item, learner = answers.item[first], answers.learner[first]
    x = answers.correct[first].astype(float)
    size, people = len(answers.items), len(answers.learners)
    success = np.bincount(item, x, size) / np.maximum(np.bincount(item, minlength=size), 1)
    residual = x - success[item]
    # Two made-up right-as-usual answers keep those who answered little near the average.
    others = np.bincount(learner, minlength=people)[learner] - 1
    elsewhere = (np.bincount(learner, residual, people)[learner] - residual) / (others + 2)
    dy = elsewhere - (np.bincount(item, elsewhere, size) / np.maximum(np.bincount(item, minlength=size), 1))[item]
    slope = np.bincount(item, dy * residual, size) / np.maximum(np.bincount(item, dy * dy, size), 1e-9)
    return residual - slope[item] * dy
