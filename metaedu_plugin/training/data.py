"""Responses as arrays: what the dataset, the simulator and the episodes share."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Sequence:
    """All responses of one learner in one course, in order. Every array has length T, one entry per response."""

    learner: str
    item: NDArray[np.int32]
    """Index into `CourseData.items`."""
    correct: NDArray[np.float32]
    """0 or 1."""
    score: NDArray[np.float32]
    hints: NDArray[np.float32]
    seconds: NDArray[np.float32]
    """Seconds taken; -1 unknown."""
    attempt: NDArray[np.float32]
    time: NDArray[np.float64]
    """Epoch seconds; -1 unknown."""

    def __len__(self) -> int:
        return len(self.item)


@dataclass(frozen=True)
class CourseData:
    """One course with everybody's responses."""

    key: str
    items: list[str]
    skills: list[str]
    item_skills: list[NDArray[np.int32]]
    """For each item, indices into `skills`; may be empty."""
    sequences: list[Sequence]
    origin: str = "captured"
    """captured, or simulated."""
    facts: dict[str, object] = field(default_factory=dict)
    """What else is known: `anonymous` is a flag for each item, see `anonymous`."""

    @property
    def anonymous(self) -> NDArray[np.bool_]:
        """[items] where the source tells only what an item is about: every response is to an item never seen."""
        told = self.facts.get("anonymous")
        return np.zeros(len(self.items), np.bool_) if told is None else np.asarray(told, np.bool_)

    @property
    def responses(self) -> int:
        """Number of responses of all learners."""
        return sum(len(s) for s in self.sequences)
