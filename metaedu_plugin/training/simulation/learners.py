"""The learners of a simulated course: how able they are, and how that changes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metaedu_plugin.training.simulation.items import FACTORS, Items
from metaedu_plugin.training.simulation.traits import CourseTraits

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Learners:
    """All learners side by side; every array is [learners] or [learners, skills]."""

    def __init__(self, traits: CourseTraits, items: Items, rng: np.random.Generator) -> None:
        number = traits.learners
        self.traits, self.items, self.rng = traits, items, rng
        ability = rng.normal(0.0, 1.0, number)
        ability -= traits.ability_tail * (rng.exponential(1.0, number) - 1.0)
        self.ability = traits.ability_spread * ability / np.sqrt(1.0 + traits.ability_tail**2)
        self.factors = rng.normal(0.0, 1.0, (number, FACTORS)).astype(np.float32)
        own = rng.standard_normal((number, traits.skills), np.float32) * np.float32(traits.skill_spread)
        self.strength = (self.ability[:, None] + self.factors @ items.skill_loading.T + own).astype(np.float32)
        self.gain = traits.gain * rng.lognormal(0.0, traits.gain_spread, number).astype(np.float32)
        self.skill_gain = rng.lognormal(0.0, traits.gain_spread, traits.skills).astype(np.float32)
        self.growth = rng.normal(traits.growth, abs(traits.growth), number) / 100.0
        self.practised = np.zeros((number, traits.skills), np.float32)
        self.last_day = np.zeros((number, traits.skills), np.float32)
        self.mood = np.zeros(number, np.float32)
        self.drifts = traits.drift * rng.lognormal(0.0, 1.0, number)
        self.drifting = np.zeros(number, bool)
        self.answered = np.zeros(number, np.int64)
        self.sitting = np.zeros(number, np.int64)
        self.day = rng.uniform(0.0, 20.0, number)
        self.pace = rng.normal(np.log(40.0), 0.4, number) - traits.speed * self.ability
        self.asks = rng.lognormal(0.0, 0.7, number)
        self.in_common = np.zeros(number, np.float32)
        """What the learner has in common with the item at hand; drawn anew at each new item."""

    def level(self, rows: Ints, item: Ints) -> Floats:
        """How far above the item's difficulty the learners `rows` are, in logits."""
        items, traits = self.items, self.traits
        skill, second = items.skill[item], items.second[item]
        level = self._knows(rows, skill)
        both = np.flatnonzero(second >= 0)
        if len(both):
            # Both skills are needed: the weaker one counts for more.
            one, other = level[both], self._knows(rows[both], second[both])
            level[both] = 0.7 * np.minimum(one, other) + 0.3 * np.maximum(one, other)
        if traits.factor_spread:
            level += (self.factors[rows] * items.loading[item]).sum(-1)
        level += self.mood[rows] + self.growth[rows] * self.answered[rows]
        level -= traits.fatigue * self.sitting[rows] / 100.0
        return items.discrimination[item] * (level - items.difficulty[item])

    def _knows(self, rows: Ints, skill: Ints) -> Floats:
        away = np.maximum(self.day[rows] - self.last_day[rows, skill], 0.0)
        kept = self.practised[rows, skill] * np.exp(-self.traits.forget_per_day * away).astype(np.float32)
        self.practised[rows, skill] = kept
        self.last_day[rows, skill] = self.day[rows]
        return self.strength[rows, skill] + kept

    def wander(self, rows: Ints) -> None:
        """Mood and attention move on by one response."""
        traits, rng = self.traits, self.rng
        if traits.mood:
            step = traits.mood * np.sqrt(1.0 - traits.mood_lasts**2)
            noise = rng.standard_normal(len(rows), np.float32)
            self.mood[rows] = traits.mood_lasts * self.mood[rows] + step * noise
        if traits.drift:
            draw, now = rng.random(len(rows), np.float32), self.drifting[rows]
            self.drifting[rows] = np.where(now, draw > 0.12, draw < self.drifts[rows])

    def practise(self, rows: Ints, item: Ints, right: Bools) -> None:
        """Practice adds less the more has been gained; a wrong answer, once explained, teaches a little more."""
        for skill in (self.items.skill[item], self.items.second[item]):
            there = np.flatnonzero(skill >= 0)
            if not len(there):
                continue
            who, what = rows[there], skill[there]
            had = self.practised[who, what]
            gain = self.gain[who] * self.skill_gain[what] * np.exp(-0.5 * had)
            self.practised[who, what] = had + gain * np.where(right[there], 1.0, 1.2)
        self.answered[rows] += 1
        self.sitting[rows] += 1

    def pass_time(self, rows: Ints, seconds: Floats) -> None:
        """The clock goes on; now and then there is a pause of hours or days."""
        pause = self.rng.random(len(rows), np.float32) < 0.03
        self.day[rows] += (seconds + 2.0) / 86_400.0
        who = rows[pause]
        self.day[who] += self.rng.exponential(3.0, len(who))
        self.sitting[who] = 0
