"""Cross-validation over support learners, on so many as are needed to choose a setting."""

from __future__ import annotations

import numpy as np

from bench.day_one.log import Log

FEWEST = 10
"""Learners below which nothing is chosen."""
_FOLDS = 3
_ROWS = 60_000


def folds(support: Log, *, seed: int) -> list[tuple[Log, Log]]:
    """(train, test) by learner; empty below `FEWEST` learners. Of a large support the first `_ROWS` rows."""
    learners = support.learners
    if len(learners) < FEWEST:
        return []
    if len(support) > _ROWS:
        learners = learners[: max(FEWEST, int(support.turn[_ROWS]))]
    part = np.random.default_rng(seed).permutation(len(learners)) % _FOLDS
    return [(support.of(learners[part != k]), support.of(learners[part == k])) for k in range(_FOLDS)]
