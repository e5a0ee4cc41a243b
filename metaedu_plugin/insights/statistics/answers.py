"""All responses of a course as columns: what every statistic is computed from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Answers:
    """The N responses of a course, ordered by learner and, within a learner, by time. Every column has length N."""

    learners: list[str]
    """L pseudonyms."""
    items: list[str]
    """I item keys."""
    choices: list[str]
    learner: NDArray[np.int32]
    """Index into `learners`."""
    item: NDArray[np.int32]
    """Index into `items`."""
    correct: Flags
    hints: NDArray[np.int32]
    attempt: NDArray[np.int32]
    seconds: NDArray[np.float32]
    """Seconds taken; NaN unknown."""
    choice: NDArray[np.int32]
    """Index into `choices`; -1 where nothing was chosen from options."""
    time: Floats
    """Epoch seconds; NaN unknown."""

    def __len__(self) -> int:
        return len(self.item)

    @cached_property
    def pair(self) -> Ints:
        """Number of the (learner, item) pair of each response, [N]."""
        return self.learner.astype(np.int64) * max(len(self.items), 1) + self.item

    @cached_property
    def first(self) -> Ints:
        """Rows that are first attempts, in row order: at most one for each learner and item.

        A learner whose first captured response to an item is a later attempt has no first attempt there:
        capture began in between, and a second try says less about the item.
        """
        _, rows = np.unique(self.pair, return_index=True)
        rows.sort()
        return rows[self.attempt[rows] <= 1].astype(np.int64)

    @cached_property
    def latest(self) -> float:
        """Epoch seconds of the latest response of the class; NaN where no time is known."""
        known = self.time[~np.isnan(self.time)]
        return float(known.max()) if len(known) else float("nan")

    @classmethod
    def ordered(
        cls,
        *,
        learners: list[str],
        items: list[str],
        choices: list[str],
        learner: NDArray[np.int32],
        item: NDArray[np.int32],
        correct: Flags,
        hints: NDArray[np.int32],
        attempt: NDArray[np.int32],
        seconds: NDArray[np.float32],
        choice: NDArray[np.int32],
        time: Floats,
    ) -> Answers:
        """From columns in order of time: a stable sort by learner keeps that order within each."""
        order = np.argsort(learner, kind="stable")
        return cls(
            learners=learners,
            items=items,
            choices=choices,
            learner=learner[order],
            item=item[order],
            correct=correct[order],
            hints=hints[order],
            attempt=attempt[order],
            seconds=seconds[order],
            choice=choice[order],
            time=time[order],
        )
