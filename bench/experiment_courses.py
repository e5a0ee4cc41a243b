"""Simulated courses of which the truth is known: who is better, and by how much."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from metaedu_plugin.experiment.firsts import Attempts, Firsts

AIM = 1.1
"""Suggested items are this much easier than the learner is good, in logits: right three times in four."""


@dataclass(frozen=True)
class Played:
    """N first attempts in the order of time: since the beginning, or before it."""

    learner: np.ndarray
    item: np.ndarray
    correct: np.ndarray
    day: np.ndarray
    """Since the beginning; -1 before it."""
    in_order: np.ndarray
    """[L]"""

    def until(self, day: int) -> Firsts:
        """What is known after a day."""
        before, after = self.day < 0, (self.day >= 0) & (self.day <= day)

        def some(rows):
            return Attempts(self.learner[rows], self.item[rows], self.correct[rows])

        learners = [f"{n:032x}" for n in range(len(self.in_order))]
        return Firsts(learners=learners, in_order=self.in_order, before=some(before), after=some(after), left=(0, 0))


def logits(points: float, level: np.ndarray, difficulty: np.ndarray) -> float:
    """The effect on the level that changes the mean share right, over learners and items, by so much."""
    usual = expit(level[:, None] - difficulty)

    def off(effect: float) -> float:
        return float((expit(level[:, None] + effect - difficulty) - usual).mean()) - points

    return float(brentq(off, -5, 5))


def play(
    *,
    seed: int,
    effect: float = 0.0,
    learners: int = 300,
    items: int = 50,
    days: int = 20,
    before: int = 6,
    skills: int = 1,
    most: int = 20,
) -> Played:
    """A class of whom half gets items that suit them, half the course's order; `effect` in shares of answers.

    Learners begin on different days and answer different numbers of new items, most of them not all. What is suggested
    hangs on all answers before it, as ours does. With several skills, learners differ in each, and the weaker one is
    suggested.
    """
    rng = np.random.default_rng(seed)
    in_order = rng.random(learners) < 0.5
    level = rng.normal(0.3, 1, learners)[:, None] + (rng.normal(0, 0.7, (learners, skills)) if skills > 1 else 0.0)
    difficulty = rng.normal(-0.3, 1, items)
    skill = np.arange(items) % skills
    new = np.arange(items) >= before
    gain = logits(effect, level.mean(axis=1), difficulty[new]) if effect else 0.0
    shift = np.where(in_order, 0.0, gain)
    guess = np.zeros((learners, skills))
    doubt = np.ones((learners, skills))
    met = np.zeros((learners, items), bool)
    rows: list[tuple[np.ndarray, ...]] = []

    def answer(who: np.ndarray, what: np.ndarray, when: np.ndarray, extra: np.ndarray) -> None:
        right = rng.random(len(who)) < expit(level[who, skill[what]] + extra - difficulty[what])
        expected = expit(guess[who, skill[what]] - difficulty[what])
        doubt[who, skill[what]] = 1 / (1 / doubt[who, skill[what]] + expected * (1 - expected))
        guess[who, skill[what]] += doubt[who, skill[what]] * (right - expected)
        met[who, what] = True
        rows.append((who, what, right, when))

    everybody = np.arange(learners)
    known = rng.integers(0, before + 1, learners)
    for item in range(before):
        who = everybody[known > item]
        answer(who, np.full(len(who), item), np.full(len(who), -1), np.zeros(len(who)))
    wanted = rng.integers(1, most + 1, learners)
    begins = rng.integers(0, days, learners)
    for turn in range(wanted.max()):
        who = everybody[wanted > turn]
        open_ = new & ~met[who]
        off = np.abs(guess[who][:, skill] - difficulty - AIM) + 2.0 * (guess[who][:, skill] if skills > 1 else 0.0)
        suited = np.where(open_, off, np.inf).argmin(axis=1)
        what = np.where(in_order[who], open_.argmax(axis=1), suited)
        # A few answers a day from the day on which they begin.
        when = np.minimum(begins[who] + turn // 3, days - 1)
        answer(who, what, when, shift[who])
    learner, item, correct, day = zip(*rows, strict=True)
    parts = [np.concatenate(column) for column in (learner, item, correct, day)]
    return Played(parts[0], parts[1], parts[2], parts[3], in_order)
