"""How well learners do on items that they did not all answer: a Rasch model with a regression of the levels.

The chance that learner i gets item j right is logistic(level_i - difficulty_j), and level_i is normal around z_i c
(latent regression: De Boeck and Wilson, Explanatory Item Response Models, 2004, chapter 5). Which items a learner
met may hang on what they answered before: the likelihood is right all the same (missing at random, Mislevy and Wu
1996), where a mean of "correct minus the item's mean" is not. Fitted by EM on a grid of levels (Bock and Aitkin 1981).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import LinearOperator, cg
from scipy.special import expit

from metaedu_plugin.experiment.firsts import Attempts, Floats

GRID: Final = np.linspace(-6.0, 6.0, 49)
"""Levels, in logits."""
SHRINK: Final = 0.05
"""Precision of a difficulty around their mean, before any answer: so little that it moves none but of items that were
always right, or never. More would take items for more alike than they are, to the gain of who gets the easier ones."""
LEAST_SPREAD: Final = 0.05
"""Least variance of the levels."""
MOST_STEPS: Final = 500
CLOSE: Final = 5e-4
"""Change of a step, in logits, below which the fit is taken to have arrived."""
AT_ONCE: Final = 100_000


@dataclass(frozen=True)
class Levels:
    """The fit for L learners, J items and Q columns of z."""

    coefficient: Floats
    """[Q]"""
    covariance: Floats
    """[Q - 1, Q - 1], of all but the first: clustered by learner, with what is not known of the difficulties in it."""
    variance: float
    """Of the levels around z c."""
    difficulty: Floats
    """[J], mean 0."""
    mean: Floats
    """[L]: each learner's level after their answers."""
    spread: Floats
    """[L]: variance of it."""
    answers: Floats
    """[J]: answers to each item."""

    def expected(self, center: Floats) -> float:
        """Share right of learners whose levels lie around `center` [L], at the items as often as they were met."""
        at_level = expit(GRID[:, None] - self.difficulty) @ self.answers / self.answers.sum()
        return float((_prior(center, self.variance) @ at_level).mean())


def fit(attempts: Attempts, z: Floats) -> Levels:
    """Fit it; z is [L, Q] and begins with a column of ones. Learners without attempts say nothing, and harm nothing."""
    learners = len(z)
    items = np.unique(attempts.item)
    item = np.searchsorted(items, attempts.item)
    shape = (learners, len(items))
    met = csr_matrix((np.ones(len(item)), (attempts.learner, item)), shape=shape)
    right = np.bincount(attempts.learner, attempts.correct, minlength=learners).astype(float)
    right_at = np.bincount(item, attempts.correct, minlength=len(items))
    present = met.getnnz(axis=1) > 0
    answers = np.asarray(met.sum(axis=0)).ravel()
    difficulty, coefficient, variance = np.zeros(len(items)), np.zeros(z.shape[1]), 1.0
    met_by = met.T.tocsr()
    for _ in range(MOST_STEPS):
        weight = _posterior(met, right, difficulty, z @ coefficient, variance)
        mean = weight @ GRID
        spread = weight @ GRID**2 - mean**2
        at_level = met_by @ weight
        chance = expit(GRID - difficulty[:, None])
        step = ((at_level * chance).sum(1) - right_at - SHRINK * difficulty) / (
            (at_level * chance * (1 - chance)).sum(1) + SHRINK
        )
        step = np.clip(step, -1.0, 1.0)
        fitted, *_ = np.linalg.lstsq(z[present], mean[present], rcond=None)
        off = mean[present] - z[present] @ fitted
        spreads = max(float(np.mean(off**2 + spread[present])), LEAST_SPREAD)
        moved = max(np.abs(fitted - coefficient).max(), np.abs(step).max(initial=0.0), abs(spreads - variance))
        difficulty, coefficient, variance = difficulty + step, fitted, spreads
        # Levels and difficulties may move together: the difficulties stay around 0.
        coefficient[0] -= difficulty.mean()
        difficulty -= difficulty.mean()
        if moved < CLOSE:
            break
    weight = _posterior(met, right, difficulty, z @ coefficient, variance)
    mean = weight @ GRID
    spread = weight @ GRID**2 - mean**2
    expected = np.empty(len(item))
    for start in range(0, len(item), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        expected[some] = (weight[attempts.learner[some]] * expit(GRID - difficulty[item[some], None])).sum(1)
    surprise = csr_matrix((expected - attempts.correct, (attempts.learner, item)), shape=shape)
    chance = expit(mean[attempts.learner] - difficulty[item])
    slope = csr_matrix((chance * (1 - chance), (attempts.learner, item)), shape=shape)
    covariance = _covariance(
        # The first is where the levels begin, which is where the difficulties do: these have it, all of them free.
        z=z[:, 1:],
        score=z[:, 1:] * ((mean - z @ coefficient) / variance)[:, None],
        surprise=surprise,
        slope=slope,
        variance=variance,
    )
    return Levels(coefficient, covariance, variance, difficulty, mean, spread, answers)


def _prior(center: Floats, variance: float) -> Floats:
    log = -((GRID - center[:, None]) ** 2) / (2 * variance)
    weight = np.exp(log - log.max(axis=1, keepdims=True))
    return weight / weight.sum(axis=1, keepdims=True)


def _posterior(met: csr_matrix, right: Floats, difficulty: Floats, center: Floats, variance: float) -> Floats:
    """Of each learner's level on the grid, [L, G]."""
    wrong = -np.logaddexp(0.0, GRID - difficulty[:, None])
    log = right[:, None] * GRID + met @ wrong - (GRID - center[:, None]) ** 2 / (2 * variance)
    weight = np.exp(log - log.max(axis=1, keepdims=True))
    return weight / weight.sum(axis=1, keepdims=True)


def _covariance(*, z: Floats, score: Floats, surprise: csr_matrix, slope: csr_matrix, variance: float) -> Floats:
    """Sandwich of the learners' scores (Huber 1967), the difficulties projected out of them.

    `score` [L, Q - 1] and `surprise` [L, J] are the learners' scores of coefficients and difficulties, `slope` [L, J]
    that of each answer's chance. Information is the observed one (Louis 1982), with chances taken as linear in a level
    around what is known of it.
    """
    if not z.shape[1]:
        return np.zeros((0, 0))
    items = slope.shape[1]
    # Of the same linear chances, and not the posterior's own: together they leave no information below none.
    spread = 1 / (1 / variance + np.asarray(slope.sum(axis=1)).ravel())
    weight = (1 - spread / variance) / variance
    across = -(slope.T @ (z * (spread / variance)[:, None]))
    total = np.asarray(slope.sum(axis=0)).ravel() + SHRINK
    of_items = LinearOperator(
        (items, items), matvec=lambda x: total * x - slope.T @ (spread * (slope @ x)), dtype=np.float64
    )
    scaled = LinearOperator((items, items), matvec=lambda x: x / total, dtype=np.float64)
    carried = np.column_stack([cg(of_items, column, rtol=1e-8, M=scaled)[0] for column in across.T])
    score = score - surprise @ carried
    bread = np.linalg.pinv((z * weight[:, None]).T @ z - across.T @ carried, hermitian=True)
    # Who has pulled the fit to themselves is as far off as if they had not (MacKinnon and White 1985, HC3).
    score = score / (1 - weight * np.einsum("lq,qp,lp->l", z, bread, z)).clip(0.5)[:, None]
    return bread @ (score.T @ score) @ bread
