"""What the answers say about each learner."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metaedu_plugin.insights.statistics.answers import Answers
from metaedu_plugin.insights.statistics.intervals import Estimate, wilson

DAY = 86400.0


@dataclass(frozen=True)
class LearnerStatistics:
    """One learner in the course."""

    learner: str
    """Pseudonym."""
    answers: int
    items: int
    success: Estimate
    """Share right at the first attempt, with its 95 % interval."""
    since: float
    """Epoch seconds of the first response; NaN unknown."""
    last: float
    """Epoch seconds of the latest response; NaN unknown."""
    days: int
    """Days with responses."""
    wrong_in_a_row: int
    """Wrong responses since the last right one, at the end of the record."""
    streak_item: str
    """The item of the latest response."""


def learner_statistics(answers: Answers) -> list[LearnerStatistics]:
    """Statistics of every learner, in the order of `answers.learners`."""
    people, size = len(answers.learners), max(len(answers.items), 1)
    if not len(answers):
        return []
    first = answers.first
    n = np.bincount(answers.learner[first], minlength=people)
    right = np.bincount(answers.learner[first], answers.correct[first], people)
    responses = np.bincount(answers.learner, minlength=people)
    items = np.bincount((np.unique(answers.pair) // size).astype(np.int64), minlength=people)
    end = np.cumsum(responses) - 1
    start = end - responses + 1
    row = np.arange(len(answers))
    last_right = np.maximum.reduceat(np.where(answers.correct, row, -1), start)
    streak = end - np.maximum(last_right, start - 1)
    value = np.where(n > 0, right / np.maximum(n, 1), np.nan)
    low, high = wilson(right, n)
    since, last = np.fmin.reduceat(answers.time, start), np.fmax.reduceat(answers.time, start)
    return [
        LearnerStatistics(
            learner=key,
            answers=int(responses[i]),
            items=int(items[i]),
            success=Estimate(float(value[i]), float(low[i]), float(high[i]), int(n[i])),
            since=float(since[i]),
            last=float(last[i]),
            days=int(days),
            wrong_in_a_row=int(streak[i]),
            streak_item=answers.items[answers.item[end[i]]],
        )
        for i, (key, days) in enumerate(zip(answers.learners, _days(answers), strict=True))
    ]


def _days(answers: Answers) -> np.ndarray:
    """Distinct days (UTC) with responses, [L]."""
    known = ~np.isnan(answers.time)
    if not known.any():
        return np.zeros(len(answers.learners), np.int64)
    day = (answers.time[known] // DAY).astype(np.int64)
    day -= day.min()
    width = int(day.max()) + 1
    pairs = np.unique(answers.learner[known].astype(np.int64) * width + day)
    return np.bincount(pairs // width, minlength=len(answers.learners))
