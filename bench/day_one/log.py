"""The responses of one course as flat arrays: what every method is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Log:
    """Responses learner by learner, each in order; one row per response, N rows.

    To predict a row a method may use its learner, item, skills, attempt and time, everything of the learner's earlier
    rows, and the support learners. `correct`, `score`, `hints` and `seconds` of the row are known only after it.
    """

    name: str
    platform: str
    learner: Ints
    """[N] number of the learner in the file."""
    item: Ints
    """[N]; -1 unknown."""
    skills: Ints
    """[N, S] in rising order, padded with -1 at the end; all -1 where the row has no skill."""
    correct: Floats
    """[N] 0 or 1."""
    score: Floats
    """[N] 0 to 1; `correct` where the file keeps no part scores."""
    hints: Floats
    """[N]"""
    seconds: Floats
    """[N] seconds taken; -1 unknown."""
    attempt: Floats
    """[N] from 1."""
    time: Floats
    """[N] epoch seconds at the row's start; -1 unknown."""

    def __len__(self) -> int:
        return len(self.item)

    @cached_property
    def _starts(self) -> Ints:
        """[L + 1] first row of each learner, and N."""
        new = np.flatnonzero(np.r_[True, self.learner[1:] != self.learner[:-1]]) if len(self) else np.zeros(0, np.int64)
        return np.append(new, len(self))

    @cached_property
    def learners(self) -> Ints:
        """[L] numbers of the learners, in the order of the rows."""
        return self.learner[self._starts[:-1]]

    @cached_property
    def turn(self) -> Ints:
        """[N] place of the row's learner in `learners`."""
        return np.repeat(np.arange(len(self.learners)), np.diff(self._starts))

    @cached_property
    def seen(self) -> Ints:
        """[N] number of the learner's earlier responses."""
        return np.arange(len(self)) - self._starts[:-1][self.turn]

    def rows(self, at: NDArray[np.generic]) -> Log:
        """Some rows, by index or mask."""
        arrays = {f.name: getattr(self, f.name)[at] for f in fields(self) if f.name not in ("name", "platform")}
        return replace(self, **arrays)

    def of(self, learners: Sequence[int] | Ints) -> Log:
        """The rows of some learners, in the order given. Raises KeyError for a learner who is not in the log."""
        place = {int(number): k for k, number in enumerate(self.learners)}
        ranges = [np.arange(*self._starts[place[int(n)] :][:2]) for n in learners]
        return self.rows(np.concatenate(ranges) if ranges else np.zeros(0, np.int64))
