"""The learners of simulated courses: how able they are, and how that changes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metaedu_plugin.training.simulation.group import Group
from metaedu_plugin.training.simulation.items import FACTORS

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Learners:
    """Where each learner stands; arrays are [rows], or flat with the skills of a row from `group.skills_from` on."""

    def __init__(self, group: Group, rng: np.random.Generator) -> None:
        rows, each, of_items = group.rows, group.each, group.of_items
        self.group, self.rng = group, rng
        self.skill, self.second = of_items("skill"), of_items("second")
        self.loading, self.difficulty = of_items("loading"), of_items("difficulty")
        self.discrimination = of_items("discrimination")
        tail = each("ability_tail")
        ability = rng.normal(0.0, 1.0, rows) - tail * (rng.exponential(1.0, rows) - 1.0)
        self.ability = each("ability_spread") * ability / np.sqrt(1.0 + tail**2)
        self.factors = rng.normal(0.0, 1.0, (rows, FACTORS)).astype(np.float32)
        self.strength = self._strength()
        self.practised, self.last_day = np.zeros_like(self.strength), np.zeros_like(self.strength)
        self.gain = (each("gain") * rng.lognormal(0.0, each("gain_spread"))).astype(np.float32)
        self.item_gain = np.concatenate(
            [
                rng.lognormal(0.0, traits.gain_spread, traits.skills)[items.skill]
                for traits, items in zip(group.traits, group.courses, strict=True)
            ]
        ).astype(np.float32)
        growth = each("growth")
        self.growth = rng.normal(growth, np.abs(growth)).astype(np.float32) / 100
        self.forgets, self.fatigue = each("forget_per_day"), each("fatigue") / 100
        self.mood, self.mood_lasts = np.zeros(rows, np.float32), each("mood_lasts")
        self.mood_step = each("mood") * np.sqrt(1.0 - self.mood_lasts**2)
        self.drifts = each("drift") * rng.lognormal(0.0, 1.0, rows)
        self.drifting = np.zeros(rows, bool)
        self.answered, self.sitting = np.zeros(rows, np.int32), np.zeros(rows, np.int32)
        self.day = rng.uniform(0.0, 20.0, rows)
        self.pauses, self.away = each("pauses"), each("away")

    def _strength(self) -> Floats:
        """Strength of each row on each skill of its course, from ability, factors and something of its own."""
        found, start = [], 0
        for traits, items in zip(self.group.traits, self.group.courses, strict=True):
            here = slice(start, start + traits.learners)
            own = self.rng.standard_normal((traits.learners, traits.skills), np.float32) * traits.skill_spread
            found.append((self.ability[here, None] + self.factors[here] @ items.skill_loading.T + own).ravel())
            start += traits.learners
        return np.concatenate(found).astype(np.float32)

    def level(self, rows: Ints, item: Ints) -> Floats:
        """How far above the item's difficulty the learners are, in logits; before `practise` with the same."""
        second = self.second[item]
        both = np.flatnonzero(second >= 0)
        self._both = both
        self._first, self._second = self._kept(rows, self.skill[item]), self._kept(rows[both], second[both])
        level = self.strength[self._first[0]] + self._first[1]
        if len(both):
            # Both skills are needed: the weaker one counts for more.
            one, other = level[both], self.strength[self._second[0]] + self._second[1]
            level[both] = 0.7 * np.minimum(one, other) + 0.3 * np.maximum(one, other)
        level += np.einsum("ij,ij->i", self.factors[rows], self.loading[item]) + self.mood[rows]
        level += self.growth[rows] * self.answered[rows] - self.fatigue[rows] * self.sitting[rows]
        return np.asarray(self.discrimination[item] * (level - self.difficulty[item]), np.float32)

    def _kept(self, rows: Ints, skill: Ints) -> tuple[Ints, Floats]:
        """Places of the skills, and what is kept there of earlier practice."""
        place = self.group.skills_from[rows] + skill
        away = (self.day[rows] - self.last_day[place]).astype(np.float32)
        return place, self.practised[place] * np.exp(-self.forgets[rows] * away)

    def practise(self, rows: Ints, item: Ints, right: Bools) -> None:
        """Practice adds less the more has been gained; a wrong answer, once explained, teaches a little more."""
        gain = self.gain[rows] * self.item_gain[item] * np.where(right, np.float32(1.0), np.float32(1.2))
        whole = slice(None)
        for (place, kept), part in ((self._first, whole), (self._second, self._both)):
            self.practised[place] = kept + gain[part] * np.exp(-0.5 * kept)
            self.last_day[place] = self.day[rows[part]]
        self.answered[rows] += 1
        self.sitting[rows] += 1

    def pass_time(self, rows: Ints, seconds: Floats) -> None:
        """The clock goes on; now and then there is a pause of hours or days. Mood and attention wander."""
        rng, draw = self.rng, self.rng.random((2, len(rows)), np.float32)
        self.day[rows] += (seconds + 2.0) / 86_400.0
        who = rows[draw[0] < self.pauses[rows]]
        self.day[who] += rng.exponential(self.away[who])
        self.sitting[who] = 0
        step = self.mood_step[rows] * rng.standard_normal(len(rows), np.float32)
        self.mood[rows] = self.mood_lasts[rows] * self.mood[rows] + step
        self.drifting[rows] = draw[1] < np.where(self.drifting[rows], 0.88, self.drifts[rows])
