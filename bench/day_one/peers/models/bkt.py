"""Bayesian Knowledge Tracing (Corbett and Anderson 1995) by pyBKT 1.4 (Badrinath, Wang and Pardos 2021).

One model a (combined) skill, fitted by pyBKT's EM; guess and slip do not vary by item. Forgetting is taken when it does
better on a fifth of the support learners, in the TRIED skills with most responses. pyBKT's EM is plain Python, so a
skill is fitted on whole learners drawn until CAP responses, in ITERATIONS at most, from one fixed start, and from a
random one where that fit is degenerate.

A skill of too few responses, or whose fits are degenerate (not a number, or knowing it makes a correct answer less
likely), takes the mean of the other skills' parameters; so does a skill that the support has not.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pyBKT.fit import EM_fit, predict_onestep
from pyBKT.generate import random_model_uni

from .sequences import UNKNOWN, Codes, Floats, Ints, Responses, log_loss

CAP = 1000
FEWEST = 10
ITERATIONS = 30
TRIED = 15  # skills that the variants are compared on
NAMES = ("prior", "learns", "forgets", "guesses", "slips")
START = (0.4, 0.1, 0.0, 0.25, 0.15)

Parameters = dict[int, tuple[float, ...]]


def _data(log: Responses, rows: list[Ints]) -> dict[str, Any]:
    """pyBKT's form of these sequences: 1 wrong, 2 right, counted from 1."""
    lengths = np.array([len(run) for run in rows])
    answers = 1 + log.correct[np.concatenate(rows)].astype(np.int32)
    return {
        "data": answers[None, :],
        "starts": np.concatenate([[1], 1 + np.cumsum(lengths)[:-1]]),
        "lengths": lengths,
        "resources": np.ones(len(answers), dtype=np.int64),
    }


def _model(values: tuple[float, ...]) -> dict[str, Any]:
    """pyBKT's model of one resource and one kind of question."""
    model: dict[str, Any] = random_model_uni.random_model_uni(1, 1)
    model["prior"] = values[0]
    model["pi_0"] = np.array([[1 - values[0]], [values[0]]])
    for name, value in zip(NAMES[1:], values[1:], strict=True):
        model[name] = np.array([value])
    model["As"] = np.array([[[1 - values[1], values[2]], [values[1], 1 - values[2]]]])
    model["emissions"] = np.array([[[1 - values[3], values[3]], [values[4], 1 - values[4]]]])
    return model


def _fit_skill(log: Responses, rows: list[Ints], forgets: bool, rng: np.random.Generator) -> tuple[float, ...] | None:
    """The first sound fit of two starts; None when neither is sound."""
    data = _data(log, rows)
    fixed = START if not forgets else (*START[:2], 0.05, *START[3:])
    drawn = (rng.uniform(0.1, 0.9), rng.uniform(0.02, 0.4), 0.1 if forgets else 0.0, *rng.uniform(0.05, 0.4, size=2))
    for start in (fixed, drawn):
        with np.errstate(all="ignore"):
            fitted, _ = EM_fit.EM_fit(_model(start), data, tol=0.05, maxiter=ITERATIONS, parallel=False)
        values = np.array([float(np.ravel(fitted[name])[0]) for name in NAMES])
        if np.all(np.isfinite(values)) and values[3] < 1 - values[4]:
            values = values.clip(1e-4, 1 - 1e-4)
            values[2] *= forgets
            return tuple(values.tolist())
    return None


class Bkt:
    """Fits and predicts; see the module."""

    def __init__(self, support: Responses, seed: int) -> None:
        self.codes = Codes(support)
        self.notes: list[str] = []
        forgets = False
        train, held = support.split(0.2, seed)
        if len(train.by_learner()) >= 4:
            count = np.bincount(self.codes.skills_of(train), minlength=self.codes.skill_count)
            tried = np.argsort(-count, kind="stable")[:TRIED]
            train, held = (log.take(np.flatnonzero(np.isin(self.codes.skills_of(log), tried))) for log in (train, held))
            fits = [self._fit(train, variant, seed) for variant in (False, True)]
            losses = [log_loss(self._predict(held, fitted), held.correct) for fitted in fits]
            forgets = losses[1] < losses[0]
        self.parameters = self._fit(support, forgets, seed)
        self.notes.append("with forgetting" if forgets else "without forgetting")

    def _sequences(self, log: Responses) -> dict[int, list[Ints]]:
        """Rows of each skill code, one run per learner."""
        skills = self.codes.skills_of(log)
        runs: dict[int, list[Ints]] = {}
        for rows in log.by_learner():
            for code in np.unique(skills[rows]):
                runs.setdefault(int(code), []).append(rows[skills[rows] == code])
        return runs

    def _fit(self, log: Responses, forgets: bool, seed: int) -> Parameters:
        """Parameters by skill code; those of UNKNOWN are for every other skill."""
        rng = np.random.default_rng(seed)
        found: Parameters = {}
        for code, runs in sorted(self._sequences(log).items()):
            drawn = [runs[i] for i in rng.permutation(len(runs))]
            enough = int(np.searchsorted(np.cumsum([len(run) for run in drawn]), CAP)) + 1
            drawn = drawn[:enough]
            values = _fit_skill(log, drawn, forgets, rng) if sum(map(len, drawn)) >= FEWEST else None
            if values is not None:
                found[code] = values
        mean = float(np.clip(log.correct.mean(), 0.05, 0.95)) if len(log.correct) else 0.5
        constant = (0.5, 0.0, 0.0, mean, 1 - mean)
        found[UNKNOWN] = tuple(np.mean(list(found.values()), axis=0).tolist()) if found else constant
        return found

    def _predict(self, log: Responses, parameters: Parameters) -> Floats:
        probability = np.full(len(log.correct), np.nan)
        for code, runs in self._sequences(log).items():
            model = _model(parameters.get(code, parameters[UNKNOWN]))
            predicted, _ = predict_onestep.run(model, _data(log, runs), parallel=False)
            probability[np.concatenate(runs)] = predicted
        return np.where(np.isfinite(probability), probability, 0.5)

    def predict(self, log: Responses) -> Floats:
        """Probabilities [R] of a correct answer, each from the learner's earlier rows."""
        return self._predict(log, self.parameters)


def fit(method: str, support: Responses, seed: int) -> Bkt:
    """What the worker calls; `method` is bkt."""
    return Bkt(support, seed)
