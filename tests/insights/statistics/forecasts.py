"""Simulated predictions of which the truth is known."""

from __future__ import annotations

import numpy as np

from metaedu_plugin.insights.statistics.calibration import Forecasts


def logistic(x):
    return 1 / (1 + np.exp(-x))


def simulate(
    rng, *, learners=200, each=20, shift=0.0, stretch=1.0, apart=0.6, noise=None
) -> tuple[Forecasts, np.ndarray]:
    """Predictions, and the chance of a right answer given the prediction.

    Learners differ by `apart` beyond what is predicted, so that answers of one learner go together. With shift 0 and
    stretch 1 what is predicted is the chance. `noise` [learners] blurs the predictions of some.
    """
    learner = np.repeat(np.arange(learners), each)
    known = rng.normal(0.4, 1, len(learner)) + rng.normal(0, 0.5, learners)[learner]
    points = np.linspace(-4, 4, 41)
    weight = np.exp(-points * points / 2) / np.exp(-points * points / 2).sum()
    grid = np.linspace(-7, 8, 200)
    truth = np.interp(known, grid, logistic(grid[:, None] + apart * points) @ weight)
    told = logistic(stretch * np.log(truth / (1 - truth)) + shift)
    if noise is not None:
        told = logistic(np.log(told / (1 - told)) + rng.normal(0, 1, len(told)) * noise[learner])
    right = rng.random(len(learner)) < logistic(known + rng.normal(0, apart, learners)[learner])
    return Forecasts(learner, told, right.astype(float)), truth
