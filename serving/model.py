"""What a model is to the engine: two functions over arrays, whoever computes them."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from serving.vectors import CourseVectors

Floats = NDArray[np.float32]


class Dims(NamedTuple):
    """Lengths of a learner's vectors: overall (G), on a skill (K), on an item (I); and of the course's (V)."""

    learner: int
    skill: int
    item: int
    vector: int


class Context(NamedTuple):
    """The arrays of `serving.schema`, all float32, for B learner-item pairs with up to S skills each."""

    learner: Floats
    skills: Floats
    skill_mask: Floats
    item: Floats
    elapsed: Floats
    skill_elapsed: Floats
    course_item: Floats
    course_skills: Floats
    course_total: Floats
    course_vector: Floats


class Observed(NamedTuple):
    """The prediction before a response, [B] and [B], and the vectors after it: [B, G], [B, S, K] and [B, I]."""

    probability: Floats
    concentration: Floats

    learner: Floats
    skills: Floats
    item: Floats


class Model(Protocol):
    """Predicts and observes for B learner-item pairs at once. Safe to call from several threads."""

    @property
    def name(self) -> str:
        """The version's name, as every reply quotes it."""

    @property
    def source(self) -> str:
        """`model`, `shipped` or `prior`, as every reply quotes it."""

    @property
    def dims(self) -> Dims:
        """Lengths of the vectors."""

    @property
    def vectors(self) -> CourseVectors:
        """What it has learned of the courses that it was trained on."""

    def predict(self, context: Context) -> tuple[Floats, Floats]:
        """Chance of success [B] and the concentration [B] of the Beta distribution around it."""

    def observe(self, context: Context, outcome: Floats) -> Observed:
        """Predict, then take in `outcome` [B, 5] = correct, score, hints, seconds, attempt."""


def summed(counts: Floats) -> Floats:
    """Number and number correct [..., 2], of first and later attempts together; `counts` are [..., 4 or more]."""
    both: Floats = counts[..., :2] + counts[..., 2:4]
    return both
