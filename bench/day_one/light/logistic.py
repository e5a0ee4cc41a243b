"""Logistic regressions on counts of what the learner did before: PFA, Best-LR and one in the style of LKT.

Columns are scaled so that one ridge penalty is a sensible prior for all: the prior standard deviation of a column's
weight is its scale. A skill's slope is the shared one and a deviation, so that a skill hardly seen has the shared one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack, vstack

from bench.day_one.light.folds import folds
from bench.day_one.light.keys import Pairs, Past, Vocabulary, groups, item_keys, skill_pairs
from bench.day_one.log import Floats, Log
from metaedu_plugin.training.evaluation.metrics import log_loss

_STRENGTHS = (0.03, 0.1, 0.3, 1.0)
_DEFAULT = 0.1
_OWN_SLOPE = 0.3
"""Prior spread of a skill's own slope, of the shared one's."""
_MADE, _MADE_ROWS = 5.0, 50
"""How many responses each made learner weighs, and rows it has at most."""

Features = Callable[[Log, Vocabulary, Vocabulary], csr_matrix]
"""[N, F] of a log, with the items and the skills of the support."""


def pfa(log: Log, items: Vocabulary, skills: Vocabulary) -> csr_matrix:
    """Skills and logs of earlier successes and failures on them (Pavlik, Cen & Koedinger 2009; Gervet et al. 2020)."""
    pairs, counts = _skill_counts(log, 1.0)
    return hstack([_one_hot(pairs, skills, log), *_slopes(pairs, skills, log, counts)], format="csr")


def best_lr(log: Log, items: Vocabulary, skills: Vocabulary) -> csr_matrix:
    """Best-LR (Gervet et al. 2020): items, skills, and logs of wins and attempts overall and on the skills."""
    pairs, (right, wrong) = _skill_counts(log, 1.0)
    right_all, wrong_all = _counts(Past(log.turn), log.correct, 1.0)
    overall = np.log1p(np.stack([right_all, right_all + wrong_all], axis=1))
    return hstack(
        [
            _items(log, items),
            _one_hot(pairs, skills, log),
            *_slopes(pairs, skills, log, (right, right + wrong)),
            csr_matrix(overall),
        ],
        format="csr",
    )


def lkt(log: Log, items: Vocabulary, skills: Vocabulary) -> csr_matrix:
    """Features of LKT (Pavlik, Eglington & Harrell-Williams 2021): logs of successes and failures (logsuc, logfail) and
    log odds of recency-weighted success (propdec), of the learner, the skill and the item, with intercepts.
    """
    pairs, counts = _skill_counts(log, 1.0)
    dense = []
    pasts = ((Past(log.turn), log.correct), (Past(groups(log.turn, item_keys(log))), log.correct))
    for past, correct in pasts:
        dense += [np.log1p(c) for c in _counts(past, correct, 1.0)]
        dense += [_propdec(past, correct, decay) for decay in (0.9, 0.7)]
    past, correct = Past(groups(log.turn[pairs.row], pairs.skill)), log.correct[pairs.row]
    for decay in (0.9, 0.7):
        dense.append(pairs.mean(_propdec(past, correct, decay), len(log)))
    return hstack(
        [
            _items(log, items),
            _one_hot(pairs, skills, log),
            *_slopes(pairs, skills, log, counts),
            csr_matrix(np.stack(dense, axis=1)),
        ],
        format="csr",
    )


@dataclass(frozen=True)
class Regression:
    """A fitted regression, and the items and skills of its columns."""

    features: Features
    items: Vocabulary
    skills: Vocabulary
    model: Any

    def predict(self, query: Log) -> Floats:
        """[N]"""
        return np.asarray(self.model.predict_proba(self.features(query, self.items, self.skills))[:, 1])


class Logistic:
    """Ridge logistic regression; the penalty is chosen by cross-validation where there are ten learners."""

    trained_on = "support"

    def __init__(self, name: str, features: Features) -> None:
        self.name, self.features = name, features

    def fit(self, support: Log, *, seed: int) -> Regression:
        """Fit on all support learners."""

        def loss(strength: float) -> float:
            told = [self._fit(train, strength).predict(test) for train, test in parts]
            return log_loss(np.concatenate([test.correct for _, test in parts]), np.concatenate(told))

        parts = folds(support, seed=seed)
        return self._fit(support, min(_STRENGTHS, key=loss) if parts else _DEFAULT)

    def _fit(self, log: Log, strength: float) -> Regression:
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - heavy, only where it is used

        items, skills = Vocabulary(item_keys(log)), Vocabulary(skill_pairs(log).skill)
        made = _made_learners(log)
        features = vstack([self.features(log, items, skills), self.features(made, items, skills)], format="csr")
        correct = np.concatenate([log.correct, made.correct])
        weight = np.concatenate([np.ones(len(log)), np.full(len(made), 2 * _MADE / len(made))])
        # liblinear converges on tens of thousands of sparse columns where lbfgs does not; it penalises the intercept,
        # which the scaling makes negligible.
        model = LogisticRegression(solver="liblinear", C=strength, intercept_scaling=10.0)
        return Regression(self.features, items, skills, model.fit(features, correct, sample_weight=weight))


def _made_learners(log: Log) -> Log:
    """One learner who is always right and one who never is, on the first learner's rows.

    A prior as data (Bedrick, Christensen & Johnson 1996), weighing `_MADE` responses each: of one or three learners a
    regression would learn that whoever was right fails next, as their ability is the same in all rows.
    """
    first = log.of(log.learners[:1])
    first = first.rows(first.seen < _MADE_ROWS)
    learner = np.repeat([-2, -1], len(first))
    twice = first.rows(np.tile(np.arange(len(first)), 2))
    return replace(twice, learner=learner, correct=np.repeat([0.0, 1.0], len(first)))


def _items(log: Log, items: Vocabulary) -> csr_matrix:
    return _columns(np.arange(len(log)), items.of(item_keys(log)), np.ones(len(log)), len(log), len(items))


def _one_hot(pairs: Pairs, skills: Vocabulary, log: Log) -> csr_matrix:
    return _columns(pairs.row, skills.of(pairs.skill), np.ones(len(pairs.row)), len(log), len(skills))


def _slopes(pairs: Pairs, skills: Vocabulary, log: Log, counts: tuple[Floats, Floats]) -> list[csr_matrix]:
    """Shared and own slopes on the log counts of the skills."""
    column, found = skills.of(pairs.skill), []
    for count in counts:
        told = np.log1p(count)
        found.append(csr_matrix(pairs.mean(told, len(log))[:, None]))
        found.append(_columns(pairs.row, column, _OWN_SLOPE * told, len(log), len(skills)))
    return found


def _columns(row: np.ndarray, column: np.ndarray, value: Floats, rows: int, columns: int) -> csr_matrix:
    known = (column >= 0) & (value != 0)
    return csr_matrix((value[known], (row[known], column[known])), (rows, columns))


def _skill_counts(log: Log, decay: float) -> tuple[Pairs, tuple[Floats, Floats]]:
    """[P] successes and failures on the pair's skill before the row."""
    pairs = skill_pairs(log)
    return pairs, _counts(Past(groups(log.turn[pairs.row], pairs.skill)), log.correct[pairs.row], decay)


def _counts(past: Past, correct: Floats, decay: float) -> tuple[Floats, Floats]:
    return past.sum(correct, decay), past.sum(1 - correct, decay)


def _propdec(past: Past, correct: Floats, decay: float) -> Floats:
    """Log odds of the recency-weighted share of successes, from one success and one failure to start with."""
    right, wrong = _counts(past, correct, decay)
    return np.asarray(np.log1p(right) - np.log1p(wrong))
