"""Plays a simulated course and writes down what happened."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metaedu_plugin.training.simulation.items import Items
from metaedu_plugin.training.simulation.learners import Learners
from metaedu_plugin.training.simulation.path import Path
from metaedu_plugin.training.simulation.traits import CourseTraits

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
BEGIN = 1.6e9


class Log:
    """Every array is [learners, steps]; item -1 where nothing happened."""

    def __init__(self, traits: CourseTraits, items: Items, rng: np.random.Generator, longest: int) -> None:
        self.traits, self.items, self.rng = traits, items, rng
        self.learners = Learners(traits, items, rng)
        self.path = Path(traits, items, self.learners.ability, rng)
        longest = int(min(longest, self.path.stays.max()))
        shape = (traits.learners, longest)
        self.item = np.full(shape, -1, np.int32)
        self.correct, self.score, self.hints, self.seconds = (np.zeros(shape, np.float32) for _ in range(4))
        self.attempt = np.zeros(shape, np.float32)
        self.time = np.zeros(shape)
        self.times_met = np.zeros((traits.learners, traits.items), np.int16)
        self.last_right = np.zeros((traits.learners, traits.items), bool)
        self.echoing = np.zeros(traits.learners, bool)
        for step in range(longest):
            rows = np.flatnonzero(self.path.present)
            if not len(rows):
                break
            self._step(step, rows)

    def _step(self, step: int, rows: Ints) -> None:
        learners, path, rng = self.learners, self.path, self.rng
        item, own_way = self._choose(step, rows)
        draw = rng.random((3, len(rows)), np.float32)
        level, chance = self._chance(rows, item)
        right = draw[0] < chance
        hints = self._hints(rows, chance, draw[1])
        if self.traits.hint_is_wrong:
            right &= hints == 0
        echo = self.echoing[rows]
        if echo.any():
            right = np.where(echo & (draw[2] < 0.98), self.correct[rows, step - 1] > 0.5, right)
        seconds = self._seconds(rows, item, level, right)

        self.item[rows, step] = item
        self.correct[rows, step] = right
        self.score[rows, step] = self._score(right)
        self.hints[rows, step] = hints
        self.seconds[rows, step] = seconds
        self.time[rows, step] = BEGIN + learners.day[rows] * 86_400.0
        self.times_met[rows, item] += 1
        self.attempt[rows, step] = self.times_met[rows, item]
        self.last_right[rows, item] = right

        learners.practise(rows, item, right)
        learners.pass_time(rows, seconds)
        learners.wander(rows)
        self.echoing[rows] = self.items.echo[item] & ~echo & own_way
        path.move(rows[own_way & ~self.echoing[rows]], right[own_way & ~self.echoing[rows]], step)
        path.present[rows] &= step + 1 < path.stays[rows]

    def _choose(self, step: int, rows: Ints) -> tuple[Ints, Bools]:
        """The next item of each learner, and whether it lies on the learner's way (an old one to review does not)."""
        item, own_way = self.path.item(rows), np.ones(len(rows), bool)
        if self.traits.review and step > 5:
            own_way = (self.rng.random(len(rows)) >= self.traits.review) | self.path.again[rows] | self.echoing[rows]
            old = np.flatnonzero(~own_way)
            item[old] = self.item[rows[old], self.rng.integers(0, step, len(old))]
        fresh = rows[~(self.path.again[rows] | self.echoing[rows])]
        self.learners.in_common[fresh] = self.traits.stick * self.rng.standard_normal(len(fresh), np.float32)
        return item, own_way

    def _chance(self, rows: Ints, item: Ints) -> tuple[Floats, Floats]:
        """Chance of a right answer; four-parameter logistic (Barton & Lord 1981)."""
        traits, items = self.traits, self.items
        level = self.learners.level(rows, item) + self.learners.in_common[rows]
        met = self.times_met[rows, item]
        level += np.where(self.last_right[rows, item], traits.recall, traits.retry_gain * np.minimum(met, 4)) * (
            met > 0
        )
        guess, slip = items.guess[item], items.slip[item]
        chance = guess + (1.0 - guess - slip) / (1.0 + np.exp(-np.clip(level, -30.0, 30.0)))
        chance = np.where(self.learners.drifting[rows], np.minimum(chance, 0.1 + guess), chance)
        return level, chance

    def _hints(self, rows: Ints, chance: Floats, draw: Floats) -> Floats:
        if not self.traits.hints:
            return np.zeros(len(rows), np.float32)
        asks = self.traits.hints * self.learners.asks[rows] * (1.0 - chance)
        return np.where(draw < asks, 1.0 + np.floor(2.0 * draw / np.maximum(asks, 1e-6)), 0.0).astype(np.float32)

    def _score(self, right: Bools) -> Floats:
        if not self.traits.partial:
            return right.astype(np.float32)
        draw = self.rng.random((2, len(right)), np.float32)
        return np.where(right, 1.0, np.where(draw[0] < self.traits.partial, draw[1], 0.0)).astype(np.float32)

    def _seconds(self, rows: Ints, item: Ints, level: Floats, right: Bools) -> Floats:
        """Log-normal times (van der Linden 2006): pace of the learner, length of the item, surer is faster."""
        learners, noise = self.learners, self.rng.standard_normal(len(rows), np.float32)
        log = learners.pace[rows] + self.items.seconds[item] + 0.6 * noise
        log -= self.traits.speed * np.clip(level, -3.0, 3.0) * 0.5
        log -= 0.7 * self.path.again[rows] + 1.8 * learners.drifting[rows] + 3.0 * self.echoing[rows]
        return np.exp(np.clip(log + 0.15 * ~right, 0.0, 8.0)).astype(np.float32)
