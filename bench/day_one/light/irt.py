"""Rasch model (1PL): items by marginal maximum likelihood (Bock & Aitkin 1981) with a normal prior, abilities online.

The learner's ability is a distribution over a grid, moved by every earlier response; a prediction is its expectation.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_matrix

from bench.day_one.light.keys import Vocabulary, item_keys
from bench.day_one.log import Floats, Log
from metaedu_plugin.training.evaluation.baselines.base import logit, sigmoid

_GRID = np.linspace(-4, 4, 33)
"""Abilities in standard deviations."""
_ROUNDS = 30
_FEW = 10
"""Learners below which the spread of abilities is not estimated but 1."""


@dataclass(frozen=True)
class Items:
    """Easiness of each item of the support, and the mean at the end for the others."""

    vocabulary: Vocabulary
    easiness: Floats
    spread: float
    """Standard deviation of the abilities."""

    def predict(self, query: Log) -> Floats:
        """[N]"""
        easiness = self.easiness[self.vocabulary.of(item_keys(query))]
        told = np.empty(len(query))
        ends = np.searchsorted(query.turn, np.arange(len(query.learners) + 1))
        for begin, end in pairwise(ends):
            chance = sigmoid(easiness[begin:end, None] + self.spread * _GRID)
            likelihood = np.log(np.where(query.correct[begin:end, None] > 0.5, chance, 1 - chance))
            before = np.cumsum(np.vstack([-(_GRID**2) / 2, likelihood[:-1]]), axis=0)
            weight = np.exp(before - before.max(axis=1, keepdims=True))
            told[begin:end] = (weight * chance).sum(axis=1) / weight.sum(axis=1)
        return told


class Rasch:
    """One ability a learner, one easiness an item; the mean and spread of both come from the support."""

    name, trained_on = "irt", "support"

    def fit(self, support: Log, *, seed: int) -> Items:
        """Expectation maximisation over the grid of abilities."""
        vocabulary = Vocabulary(item_keys(support))
        at = (support.turn, vocabulary.of(item_keys(support)))
        shape = (len(support.learners), len(vocabulary))
        right, count = csr_matrix((support.correct, at), shape), csr_matrix((np.ones(len(support)), at), shape)
        wins = np.asarray(right.sum(axis=0)).ravel()
        mean, variance, spread = float(logit(np.array([(wins.sum() + 1) / (len(support) + 2)]))[0]), 1.0, 1.0
        easiness = np.full(len(vocabulary), mean)
        for _ in range(_ROUNDS):
            ability = spread * _GRID
            chance = sigmoid(easiness[:, None] + ability)
            log_odds, log_wrong = easiness[:, None] + ability, np.log1p(-chance)
            posterior = right @ log_odds + count @ log_wrong - _GRID**2 / 2
            posterior = np.exp(posterior - posterior.max(axis=1, keepdims=True))
            posterior /= posterior.sum(axis=1, keepdims=True)
            expected = count.T @ posterior
            for _ in range(3):
                chance = sigmoid(easiness[:, None] + ability)
                slope = wins - (expected * chance).sum(axis=1) - (easiness - mean) / variance
                curve = (expected * chance * (1 - chance)).sum(axis=1) + 1 / variance
                easiness = easiness + np.clip(slope / curve, -1, 1)
            # With the posterior variance of each item, so that items hardly met do no harm.
            variance = float(np.clip(((easiness - mean) ** 2 + 1 / curve).mean(), 0.1, 4.0))
            mean = float(easiness.mean())
            if len(support.learners) >= _FEW:
                spread = float(np.clip(spread * np.sqrt((posterior @ _GRID**2).mean()), 0.2, 3.0))
        return Items(vocabulary, np.append(easiness, mean), spread)
