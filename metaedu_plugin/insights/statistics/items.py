"""What the answers say about each item."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metaedu_plugin.insights.statistics.answers import Answers, Floats
from metaedu_plugin.insights.statistics.difficulty import difficulty
from metaedu_plugin.insights.statistics.discrimination import item_rest_correlation
from metaedu_plugin.insights.statistics.intervals import Estimate, fisher, share


@dataclass(frozen=True)
class ItemStatistics:
    """One item. Shares are 0 to 1, NaN where nothing is known."""

    key: str
    learners: int
    answers: int
    success: Estimate
    """Share right at the first attempt, with its 95 % interval."""
    ever_right: int
    """Learners who got it right at any attempt."""
    difficulty: float
    """Rasch difficulty in logits: 0 is the average item, positive is harder."""
    discrimination: Estimate
    """Corrected item-rest correlation, with its 95 % interval."""
    attempts: float
    """Mean number of responses of a learner."""
    hint_share: float
    """Share of learners who took a hint or saw the answer."""
    seconds: float
    """Median seconds of first attempts."""
    wrong_choice: str
    """The most frequent wrong choice at the first attempt; empty for inputs without options."""
    wrong_choice_share: float
    """Its share among first attempts."""


def item_statistics(answers: Answers) -> list[ItemStatistics]:
    """Statistics of every item that was answered, in the order of `answers.items`."""
    size = len(answers.items)
    first = answers.first
    item = answers.item[first]
    right = np.bincount(item, answers.correct[first], size)
    n = np.bincount(item, minlength=size)
    pairs, row_of_pair = np.unique(answers.pair, return_inverse=True)
    pair_item = (pairs % max(size, 1)).astype(np.int64)
    learners = np.bincount(pair_item, minlength=size)
    hinted = np.bincount(row_of_pair, answers.hints > 0, len(pairs)) > 0
    solved = np.bincount(row_of_pair, answers.correct, len(pairs)) > 0
    responses = np.bincount(answers.item, minlength=size)
    r, r_n = item_rest_correlation(answers)
    r_low, r_high = fisher(r, r_n)
    hard = difficulty(answers)
    seconds = _median(answers.seconds[first], item, size)
    ever = np.bincount(pair_item, solved, size)
    hint = np.bincount(pair_item, hinted, size) / np.maximum(learners, 1)
    wrong = _wrong_choices(answers, size)
    return [
        ItemStatistics(
            key=key,
            learners=int(learners[i]),
            answers=int(responses[i]),
            success=share(right[i], n[i]),
            ever_right=int(ever[i]),
            difficulty=float(hard[i]),
            discrimination=Estimate(float(r[i]), float(r_low[i]), float(r_high[i]), int(r_n[i])),
            attempts=float(responses[i] / max(learners[i], 1)),
            hint_share=float(hint[i]),
            seconds=float(seconds[i]),
            wrong_choice=wrong[i][0] if i in wrong else "",
            wrong_choice_share=float(wrong[i][1] / n[i]) if i in wrong else 0.0,
        )
        for i, key in enumerate(answers.items)
    ]


def _median(values: np.ndarray, group: np.ndarray, size: int) -> Floats:
    """Median of the known values in each group, [size]; NaN for a group without any."""
    known = ~np.isnan(values)
    values, group = values[known].astype(float), group[known]
    values = values[np.lexsort((values, group))]
    n = np.bincount(group, minlength=size)
    start = np.cumsum(n) - n
    result = np.full(size, np.nan)
    some = n > 0
    lower, upper = start + np.maximum(n - 1, 0) // 2, start + n // 2
    result[some] = (values[lower[some]] + values[upper[some]]) / 2
    return result


def _wrong_choices(answers: Answers, size: int) -> dict[int, tuple[str, int]]:
    """For each item with wrong choices at first attempts: the most frequent one and how often it was chosen."""
    first = answers.first
    rows = first[(~answers.correct[first]) & (answers.choice[first] >= 0)]
    width = max(len(answers.choices), 1)
    codes, counts = np.unique(answers.item[rows].astype(np.int64) * width + answers.choice[rows], return_counts=True)
    found: dict[int, tuple[str, int]] = {}
    for code, count in zip(codes.tolist(), counts.tolist(), strict=True):
        item, choice = divmod(code, width)
        if item not in found or count > found[item][1]:
            found[item] = (answers.choices[choice], count)
    return found
