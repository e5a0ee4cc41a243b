"""The way of each learner through a simulated course: which item comes next, and when it is over."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from metaedu_plugin.training.simulation.group import Group

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
_NUMBERS = np.arange(40_001, 41_000)
_STRIDES = np.array([n for n in _NUMBERS if (n % np.arange(2, 203)).all()])
"""Primes above the size of any set: steps of one meet every item of a set once before any comes again."""


class Path:
    """Where each learner is; arrays are [rows], or flat with the sets of a row from `group.sets_from` on."""

    def __init__(self, group: Group, ability: Floats, rng: np.random.Generator) -> None:
        rows, each = group.rows, group.each
        self.group, self.rng, self.sets = group, rng, each("sets")
        self.order = self._orders()
        share = np.repeat(each("set_share", rows=False), each("sets", rows=False))
        self.enough = np.maximum(1, np.round(share * group.size)).astype(np.int64)[self.order]
        """Items that suffice of each set, as `order` has them."""
        self.done = np.zeros(len(self.order), np.int64)
        """Items taken of each set."""
        self.next = np.concatenate([np.tile(self._behind(c.sets), c.learners) for c in group.traits])
        """Where to go on from a finished set; kept up to date, so that finished ones are leapt over."""
        self.left = self.sets.copy()
        """Unfinished sets."""
        self.place = np.where(rng.random(rows) < each("late"), rng.integers(0, self.sets), 0)
        self.furthest = self.place.copy()
        drawn = each("drawn")
        self.offset = np.where(drawn, rng.integers(0, 1_000_000, rows), 0)
        self.stride = np.where(drawn, rng.choice(_STRIDES, rows), 1)
        self.streak, self.tries = np.zeros(rows, np.int64), np.zeros(rows, np.int64)
        stays = rng.normal(each("selection") * ability, each("length_spread"))
        self.stays = np.maximum(2, each("length") * np.exp(np.minimum(stays, 5.0))).astype(np.int64)
        retry = each("retry")
        lean = rng.normal(0.0, each("retry_spread"))
        self.retry = np.where(retry > 0.0, expit(logit(np.clip(retry, 0.01, 0.99)) + lean), 0.0)
        self.redo, self.switch, self.skip = each("redo"), each("switch"), each("skip")
        self.tries_most, self.mastery, self.second_pass = each("tries"), each("mastery"), each("second_pass")
        self.again, self.present = np.zeros(rows, bool), np.ones(rows, bool)
        """again: the same item comes at once again."""

    def _orders(self) -> Ints:
        """The sets in the order in which each row takes them."""
        found = []
        for traits, first in zip(self.group.traits, self.group.first_set, strict=True):
            shape = (traits.learners, traits.sets)
            order = np.broadcast_to(np.arange(traits.sets), shape)
            if traits.shuffled:
                key = np.arange(traits.sets, dtype=np.float32) * ((1.0 - traits.shuffled) / traits.sets)
                order = np.argsort(key + traits.shuffled * self.rng.random(shape, np.float32), axis=1)
            found.append(order.ravel() + first)
        return np.concatenate(found)

    def item(self, rows: Ints) -> Ints:
        """The item before each of the learners."""
        here = self.group.sets_from[rows] + self.place[rows]
        chosen = self.order[here]
        within = (self.offset[rows] + self.done[here] * self.stride[rows]) % self.group.size[chosen]
        return np.asarray(self.group.start[chosen] + within)

    def move(self, rows: Ints, right: Bools) -> None:
        """Decide what comes after a response; a learner for whom nothing comes is no longer present."""
        draw = self.rng.random((3, len(rows)), np.float32)
        tries = self.tries[rows] + 1
        retry = draw[0] < np.where(right, self.redo[rows], self.retry[rows])
        again = retry & (tries < self.tries_most[rows])
        self.again[rows] = again
        self.streak[rows] = np.where(right, self.streak[rows] + (tries == 1), 0)
        self.tries[rows] = np.where(again, tries, 0)
        onward = np.flatnonzero(~again)
        who = rows[onward]
        switch = draw[1, onward] < self.switch[who]
        # Whoever comes back to a question left wrong finds the same one again.
        taken = np.where(switch & retry[onward] & ~right[onward], 0, 1)
        skips = np.flatnonzero(draw[2, onward] < self.skip[who])
        taken[skips] += self.rng.geometric(0.4, len(skips))
        self._take(who, taken)
        if switch.any():
            self._switch(who[switch])
        self._find(who)

    def _take(self, who: Ints, taken: Ints) -> None:
        """Count items as taken; a streak of right answers finishes a set."""
        here = self.group.sets_from[who] + self.place[who]
        before, enough, mastery = self.done[here], self.enough[here], self.mastery[who]
        after = before + taken
        after = np.where((mastery > 0) & (self.streak[who] >= mastery), np.maximum(after, enough), after)
        self.done[here] = after
        self.left[who] -= (before < enough) & (after >= enough)

    def _switch(self, who: Ints) -> None:
        self.place[who] = self.rng.integers(0, np.minimum(self.furthest[who] + 3, self.sets[who]))
        self.streak[who] = 0

    def _find(self, who: Ints) -> None:
        """On to the next unfinished set, behind the last one from the first on; all done: once more, or home."""
        over = who[self.left[who] <= 0]
        if len(over):
            self._end(over)
            who = who[self.left[who] > 0]
        here = self.group.sets_from[who] + self.place[who]
        full = self.done[here] >= self.enough[here]
        moved, begun = who[full], here[full]
        who, here = moved, begun
        while len(who):
            self.place[who] = self.next[here]
            here = self.group.sets_from[who] + self.place[who]
            full = self.done[here] >= self.enough[here]
            who, here = who[full], here[full]
        self.next[begun] = self.place[moved]
        self.furthest[moved] = np.maximum(self.furthest[moved], self.place[moved])
        self.streak[moved] = 0

    @staticmethod
    def _behind(sets: int) -> Ints:
        return np.asarray(np.roll(np.arange(sets), -1))

    def _end(self, who: Ints) -> None:
        back = self.rng.random(len(who)) < self.second_pass[who]
        self.present[who[~back]] = False
        for row in who[back]:
            start = self.group.sets_from[row]
            whole = slice(start, start + self.sets[row])
            self.done[whole], self.next[whole] = 0, self._behind(self.sets[row])
            self.left[row], self.place[row] = self.sets[row], 0
            self.offset[row] += self.stride[row] > 1
