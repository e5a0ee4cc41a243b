"""The way of each learner through a simulated course: which item comes next, and when it is over."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metaedu_plugin.training.simulation.items import Items
from metaedu_plugin.training.simulation.traits import CourseTraits

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
_STRIDE = 10_007
"""A prime above the size of any set: steps of it meet every item of a set once before any comes again."""


class Path:
    """Where each learner is; arrays are [learners] or [learners, sets]."""

    def __init__(
        self, traits: CourseTraits, items: Items, ability: NDArray[np.float64], rng: np.random.Generator
    ) -> None:
        learners, sets = traits.learners, traits.sets
        self.traits, self.items, self.rng = traits, items, rng
        key = (1.0 - traits.shuffled) * np.arange(sets) / sets + traits.shuffled * rng.random(
            (learners, sets), np.float32
        )
        self.order = np.argsort(key, axis=1) if traits.shuffled else np.tile(np.arange(sets), (learners, 1))
        self.enough = np.maximum(1, np.round(traits.set_share * items.size)).astype(np.int32)[self.order]
        self.done = np.zeros((learners, sets), np.int32)
        """Items taken from each set, by its place in the learner's order."""
        self.place = np.where(rng.random(learners) < traits.late, rng.integers(0, sets, learners), 0)
        self.furthest = self.place.copy()
        self.offset = rng.integers(0, 1_000_000, learners) if traits.drawn else np.zeros(learners, np.int64)
        self.stride = 1 + _STRIDE * rng.integers(1, 1000, learners) if traits.drawn else np.ones(learners, np.int64)
        self.streak, self.tries = np.zeros(learners, np.int64), np.zeros(learners, np.int64)
        spread = rng.normal(traits.selection * ability, traits.length_spread)
        self.stays = np.maximum(2, traits.length * np.exp(spread)).astype(np.int64)
        lean = np.log(max(traits.retry, 1e-9) / max(1.0 - traits.retry, 1e-9)) + rng.normal(
            0.0, traits.retry_spread, learners
        )
        self.retry = 1.0 / (1.0 + np.exp(-lean))
        self.again = np.zeros(learners, bool)
        """The same item comes at once again."""
        self.present = np.ones(learners, bool)

    def item(self, rows: Ints) -> Ints:
        """The item before each of the learners `rows`."""
        place = self.place[rows]
        group = self.order[rows, place]
        within = (self.offset[rows] + self.done[rows, place] * self.stride[rows]) % self.items.size[group]
        return np.asarray(self.items.start[group] + within)

    def move(self, rows: Ints, right: Bools, step: int) -> None:
        """Decide what comes after a response; a learner for whom nothing comes is no longer present."""
        traits, rng = self.traits, self.rng
        draw = rng.random((4, len(rows)), np.float32)
        self.tries[rows] += 1
        retry = ~right & (draw[0] < self.retry[rows])
        again = (retry | (right & (draw[0] < traits.redo))) & (self.tries[rows] < traits.tries)
        self.streak[rows] = np.where(
            right & (self.tries[rows] == 1), self.streak[rows] + 1, np.where(right, self.streak[rows], 0)
        )
        self.again[rows] = again
        onward = ~again
        who = rows[onward]
        self.tries[who] = 0
        # Whoever comes back to a question left wrong finds the same one again.
        left = retry[onward] & (draw[1][onward] < traits.switch)
        taken = 1 + (draw[2][onward] < traits.skip) * rng.geometric(0.4, len(who))
        self.done[who, self.place[who]] += np.where(left, 0, taken)
        self._next_set(who, draw[1][onward] < traits.switch)
        self.present[rows] &= step + 1 < self.stays[rows]

    def _next_set(self, who: Ints, switch: Bools) -> None:
        traits = self.traits
        if traits.mastery:
            mastered = who[self.streak[who] >= traits.mastery]
            self.done[mastered, self.place[mastered]] = self.enough[mastered, self.place[mastered]]
        if traits.switch:
            chosen = who[switch]
            self.place[chosen] = self.rng.integers(0, np.minimum(self.furthest[chosen] + 3, traits.sets))
            self.streak[chosen] = 0
        place = self.place[who]
        who = who[self.done[who, place] >= self.enough[who, place]]
        if len(who):
            self._leave_set(who)
        np.maximum(self.furthest, self.place, out=self.furthest)

    def _leave_set(self, who: Ints) -> None:
        """On to the next unfinished set, from the last one back to what was left out; all done: again, or home."""
        traits, unfinished = self.traits, self.done[who] < self.enough[who]
        over = who[~unfinished.any(-1)]
        again = over[self.rng.random(len(over)) < traits.second_pass]
        self.done[again], self.place[again] = 0, 0
        if traits.drawn:
            self.offset[again] += 1
        self.present[over] = False
        self.present[again] = True
        ahead = unfinished & (np.arange(traits.sets) > self.place[who][:, None])
        onward = np.where(ahead.any(-1), ahead.argmax(-1), unfinished.argmax(-1))
        some = unfinished.any(-1)
        self.place[who[some]] = onward[some]
        self.streak[who] = 0
