"""Simulated classes of which the truth is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metaedu_plugin.insights.statistics import Answers

DAY = 86400.0
START = 1_770_000_000.0


@dataclass(frozen=True)
class Truth:
    answers: Answers
    right: np.ndarray
    """[learners, items]"""
    difficulty: np.ndarray


def simulate(
    *,
    learners: int = 200,
    items: int = 40,
    seed: int = 0,
    reversed_items: tuple[int, ...] = (),
    learning: float = 0.0,
    spread: float = 1.0,
    shuffled: bool = False,
    missing: float = 0.0,
) -> Truth:
    """Two-parameter logistic answers; `learning` is added to the logit for each log opportunity."""
    rng = np.random.default_rng(seed)
    ability = rng.normal(0, 1, learners)
    difficulty = rng.normal(0, spread, items)
    slope = np.ones(items)
    slope[list(reversed_items)] = -1.0
    order = np.argsort(rng.random((learners, items)), axis=1) if shuffled else np.tile(np.arange(items), (learners, 1))
    place = np.argsort(order, axis=1)
    logit = slope * (ability[:, None] - difficulty) + learning * np.log(place + 1)
    right = rng.random((learners, items)) < 1 / (1 + np.exp(-logit))
    learner, item = np.repeat(np.arange(learners), items), order.ravel()
    keep = rng.random(learner.shape) >= missing
    return Truth(
        answers=answers(learner=learner[keep], item=item[keep], correct=right[learner, item][keep], items=items),
        right=right,
        difficulty=difficulty,
    )


def answers(
    *,
    learner: np.ndarray | list[int],
    item: np.ndarray | list[int],
    correct: np.ndarray | list[bool],
    items: int | None = None,
    **columns: np.ndarray | list[float],
) -> Answers:
    """Columns in order of time, with what is not given at its default."""
    n = len(learner)
    count = items or max(item, default=-1) + 1
    given = {
        "hints": np.zeros(n),
        "attempt": np.ones(n),
        "seconds": np.full(n, np.nan),
        "choice": np.full(n, -1),
        "time": START + np.arange(n, dtype=float),
        **{name: np.asarray(values) for name, values in columns.items()},
    }
    return Answers.ordered(
        learners=[f"learner{k:03d}" for k in range(max(learner, default=-1) + 1)],
        items=[f"item{k:03d}" for k in range(count)],
        choices=["a", "b", "c"],
        learner=np.asarray(learner, np.int32),
        item=np.asarray(item, np.int32),
        correct=np.asarray(correct, bool),
        hints=given["hints"].astype(np.int32),
        attempt=given["attempt"].astype(np.int32),
        seconds=given["seconds"].astype(np.float32),
        choice=given["choice"].astype(np.int32),
        time=given["time"].astype(float),
    )
