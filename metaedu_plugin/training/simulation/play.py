"""Plays simulated courses and writes down what happened."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metaedu_plugin.training.simulation.group import Group
from metaedu_plugin.training.simulation.learners import Learners
from metaedu_plugin.training.simulation.path import Path

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
BEGIN = 1.6e9


@dataclass(frozen=True)
class Log:
    """All responses of all rows, those of a row together and in order; every array is [responses]."""

    row: Ints
    item: Ints
    correct: Floats
    score: Floats
    hints: Floats
    seconds: Floats
    attempt: Floats
    time: NDArray[np.float64]
    new: Bools
    """Not a right answer to what was right already."""


def play(group: Group, rng: np.random.Generator, longest: int) -> Log:
    """Play until everybody has gone home, at most `longest` responses of each."""
    game = _Game(group, rng, longest)
    columns = [np.concatenate(column) for column in zip(*game.steps(), strict=True)]
    order = np.argsort(columns[0], kind="stable")
    return Log(*(column[order] for column in columns))


class _Game:
    def __init__(self, group: Group, rng: np.random.Generator, longest: int) -> None:
        each, of_items = group.each, group.of_items
        self.group, self.rng, self.longest = group, rng, longest
        self.learners = Learners(group, rng)
        self.path = Path(group, self.learners.ability, rng)
        self.guess, self.slip, self.echo = of_items("guess"), of_items("slip"), of_items("echo")
        self.item_seconds = of_items("seconds")
        self.stick, self.recall, self.retry_gain = each("stick"), each("recall"), each("retry_gain")
        self.review, self.hints, self.partial = each("review"), each("hints"), each("partial")
        self.hint_is_wrong, self.speed = each("hint_is_wrong"), each("speed")
        self.pace = (rng.normal(each("pace"), 0.4) - self.speed * self.learners.ability).astype(np.float32)
        self.asks = rng.lognormal(0.0, 0.7, group.rows).astype(np.float32)
        self.in_common = np.zeros(group.rows, np.float32)
        """What a row has in common with the item at hand; drawn anew at each new item."""
        self.met = np.zeros((group.rows, min(longest, int(self.path.stays.max()))), np.int32)
        self.times_met = np.zeros(group.met_size, np.int16)
        self.last_right = np.zeros(group.met_size, bool)
        self.was_right, self.echoing = np.zeros(group.rows, bool), np.zeros(group.rows, bool)

    def steps(self) -> list[tuple[NDArray[np.generic], ...]]:
        """One entry for each step, with the columns of `Log`."""
        written = []
        for step in range(self.met.shape[1]):
            rows = np.flatnonzero(self.path.present)
            if not len(rows):
                break
            written.append(self._step(step, rows))
        return written

    def _step(self, step: int, rows: Ints) -> tuple[NDArray[np.generic], ...]:
        learners, path = self.learners, self.path
        item, own_way = self._choose(step, rows)
        place = self.group.met_from[rows] + item
        draw = self.rng.random((5, len(rows)), np.float32)
        level, chance = self._chance(rows, item, place)
        asks = self.hints[rows] * self.asks[rows] * (1.0 - chance)
        hints = np.where(draw[1] < asks, np.float32(1.0) + (draw[1] < 0.4 * asks), np.float32(0.0))
        right = (draw[0] < chance) & ~(self.hint_is_wrong[rows] & (hints > 0))
        echo = self.echoing[rows]
        right = np.where(echo & (draw[2] < 0.98), self.was_right[rows], right)
        part = np.where(draw[3] < self.partial[rows], self._part(level, draw[4]), np.float32(0.0))
        seconds = self._seconds(rows, item, level, right)
        time = BEGIN + learners.day[rows] * 86_400.0

        new = ~(right & self.last_right[place])
        self.met[rows, step] = item
        self.times_met[place] += 1
        self.last_right[place] = self.was_right[rows] = right
        learners.practise(rows, item, right)
        learners.pass_time(rows, seconds)
        self.echoing[rows] = logged_again = self.echo[item] & ~echo & own_way
        moving = own_way & ~logged_again
        path.move(rows[moving], right[moving])
        path.present[rows] &= step + 1 < path.stays[rows]
        correct = right.astype(np.float32)
        score = np.where(right, np.float32(1.0), part)
        attempt = self.times_met[place].astype(np.float32)
        return rows, item, correct, score, hints, seconds, attempt, time, new

    def _choose(self, step: int, rows: Ints) -> tuple[Ints, Bools]:
        """The next item of each learner, and whether it lies on the learner's way (an old one to review does not)."""
        held = self.path.again[rows] | self.echoing[rows]
        item = self.path.item(rows)
        own_way = held | (self.rng.random(len(rows), np.float32) >= self.review[rows]) | (step <= 5)
        old = np.flatnonzero(~own_way)
        item[old] = self.met[rows[old], self.rng.integers(0, max(step, 1), len(old))]
        fresh = rows[~held]
        self.in_common[fresh] = self.stick[fresh] * self.rng.standard_normal(len(fresh), np.float32)
        return item, own_way

    def _chance(self, rows: Ints, item: Ints, place: Ints) -> tuple[Floats, Floats]:
        """Chance of a right answer; four-parameter logistic (Barton & Lord 1981)."""
        level = self.learners.level(rows, item) + self.in_common[rows]
        tried = self.retry_gain[rows] * np.minimum(self.times_met[place], 4)
        level += np.where(self.last_right[place], self.recall[rows], tried)
        guess = self.guess[item]
        chance = guess + (1.0 - guess - self.slip[item]) / (1.0 + np.exp(-np.clip(level, -30.0, 30.0)))
        return level, np.where(self.learners.drifting[rows], np.minimum(chance, 0.1 + guess), chance)

    @staticmethod
    def _part(level: Floats, draw: Floats) -> Floats:
        """How much of a wrong answer was right: the more, the nearer it was to a right one; logistic noise."""
        noise = np.log(np.clip(draw, 1e-6, 1.0 - 1e-6) / (1.0 - np.clip(draw, 1e-6, 1.0 - 1e-6)))
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(level + 1.0 + noise, -30.0, 30.0))), np.float32)

    def _seconds(self, rows: Ints, item: Ints, level: Floats, right: Bools) -> Floats:
        """Log-normal times (van der Linden 2006): pace of the learner, length of the item, the sure are faster."""
        log = self.pace[rows] + self.item_seconds[item] + 0.6 * self.rng.standard_normal(len(rows), np.float32)
        log -= 0.5 * self.speed[rows] * np.clip(level, -3.0, 3.0)
        log -= 0.7 * self.path.again[rows] + 1.8 * self.learners.drifting[rows] + 3.0 * self.echoing[rows]
        return np.asarray(np.exp(np.clip(log + 0.15 * ~right, 0.0, 8.0)), np.float32)
