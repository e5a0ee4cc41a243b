"""Items that are harder or easier in this run of a course than they were in earlier ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from metaedu_plugin.insights.statistics.answers import Answers, Floats
from metaedu_plugin.insights.statistics.difficulty import rasch
from metaedu_plugin.insights.statistics.discoveries import discoveries, upper_tail
from metaedu_plugin.insights.statistics.intervals import Z95, Estimate, share
from metaedu_plugin.insights.thresholds import DRIFT_SHIFT, MIN_LEARNERS

LINKS = 5
"""Items that two runs must share, before how able their learners are can be compared."""
MEDIAN_LOSS = 1.57
"""Variance of a median of normal values over that of their mean."""
NORMAL_DEVIATION = 1.4826
"""Standard deviation of a normal value over its median distance from the median."""


@dataclass(frozen=True)
class RunItem:
    """First attempts at an item in one run."""

    success: Estimate
    """Share right, with its 95 % interval; n counts learners."""
    hard: float
    """Rasch difficulty in logits, 0 the run's average item."""
    error: float
    """Its standard error."""
    scale: float
    """Logits of difficulty for one logit of the share right: the wider learners differ, the more."""


@dataclass(frozen=True)
class RunChange:
    """An item in this run beside the earlier ones."""

    item: str
    now: RunItem
    harder: Estimate
    """By how many logits it is harder than it was for learners who are as able; n counts learners of both."""
    shift: Estimate
    """The same as a difference of the share right: below 0 is harder."""
    expected: float
    """Share right that it would have now, were it as hard as it was."""
    p: float
    """Two-sided."""
    sure: bool
    """Whether the change is beyond chance, all items considered together, and large enough to matter."""


def run_items(answers: Answers) -> dict[str, RunItem]:
    """What one run tells of each item that enough learners have tried, by key."""
    if not len(answers):
        return {}
    first, size = answers.first, len(answers.items)
    item = answers.item[first]
    n = np.bincount(item, minlength=size)
    right = np.bincount(item, answers.correct[first], size)
    fitted = rasch(answers)
    return {
        answers.items[i]: RunItem(
            share(right[i], n[i]), float(fitted.hard[i]), float(fitted.error[i]), float(fitted.scale[i])
        )
        for i in np.flatnonzero(n >= MIN_LEARNERS).tolist()
    }


def run_changes(now: Mapping[str, RunItem], earlier: Sequence[Mapping[str, RunItem]]) -> list[RunChange]:
    """Every item that this run shares with earlier ones; of those called sure no more than one in twenty is false.

    Learners of another run may be more able, so runs are put on one scale first: most items are as hard as they were,
    so the median difference is that of the learners (robust mean-sigma linking). What items differ by from run to run
    anyway, whatever the reason, is no change.
    """
    sums: dict[str, list[tuple[float, float]]] = {}
    for run in earlier:
        common = [key for key in run if key in now]
        if len(common) < LINKS:
            continue
        link = float(np.median([now[key].hard - run[key].hard for key in common]))
        for key in common:
            sums.setdefault(key, []).append((run[key].hard + link, run[key].error))
    keys = list(sums)
    if len(keys) < LINKS:
        return []
    weight = np.array([sum(error**-2 for _, error in sums[key]) for key in keys])
    was = np.array([sum(hard * error**-2 for hard, error in sums[key]) for key in keys]) / weight
    variance = np.array([now[key].error ** 2 for key in keys]) + 1 / weight
    moved = np.array([now[key].hard for key in keys]) - was
    moved -= np.median(moved)
    variance += MEDIAN_LOSS * float(np.median(variance)) / len(keys)
    error = np.sqrt(variance)
    error *= max(1.0, NORMAL_DEVIATION * float(np.median(np.abs(moved / error))))
    p = np.minimum(2 * upper_tail(np.abs(moved / error)), 1.0)
    people = {key: sum(run[key].success.n for run in earlier if key in run) for key in keys}
    return [
        _change(key, now[key], Moved(float(m), float(e), float(chance)), before=people[key], found=bool(found))
        for key, m, e, chance, found in zip(keys, moved, error, p, discoveries(p), strict=True)
    ]


class Moved(NamedTuple):
    """By how many logits an item has moved, the standard error of that, and how likely chance does it."""

    by: float
    error: float
    p: float


def _change(key: str, now: RunItem, moved: Moved, *, before: int, found: bool) -> RunChange:
    low, high = moved.by - Z95 * moved.error, moved.by + Z95 * moved.error
    # Half an answer keeps none and all right finite.
    n = now.success.n
    logit = np.log((now.success.value * n + 0.5) / (n - now.success.value * n + 0.5))
    share_now = float(1 / (1 + np.exp(-logit)))
    would: Floats = 1 / (1 + np.exp(-(logit + np.array([moved.by, high, low]) / now.scale)))
    shift, least, most = (share_now - would).tolist()
    return RunChange(
        item=key,
        now=now,
        harder=Estimate(moved.by, low, high, n + before),
        shift=Estimate(shift, least, most, n),
        expected=float(would[0]),
        p=moved.p,
        sure=found and abs(shift) >= DRIFT_SHIFT,
    )
