"""What a network says of every response of some learners, followed in batches of about equal length."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from metaedu_plugin.training.course import Course, CourseCounts, Floats, Ints
from metaedu_plugin.training.episodes import Episode, Piece, make_episode
from metaedu_plugin.training.in_context import follow
from metaedu_plugin.training.networks.tracer import LEVEL, Tracer
from metaedu_plugin.training.vectors import Vectors

BATCH = 40_000
"""Responses, with padding, that are followed at a time."""


@dataclass(frozen=True)
class Followed:
    """Of the R responses of some learners, learner by learner in the order given."""

    logit: NDArray[np.float64]
    """[R]"""
    place: Floats
    """[R, D] what the directions read (`Tracer.reads`); [R, 0] where it was not asked for."""


@torch.no_grad()
def follow_all(
    tracer: Tracer,
    course: Course,
    learners: Ints,
    support: CourseCounts,
    *,
    vectors: Vectors | None = None,
    own_out: bool = False,
    places: bool = False,
) -> Followed:
    """Follow these learners from their first response to their last.

    Args:
        tracer: the network.
        course: the learners' course.
        learners: indices of its sequences.
        support: counts of the learners that the course is seen by.
        vectors: what training on the course has learned of it.
        own_out: the support counts these learners, too, and what each did is taken off.
        places: whether places are wanted.

    """
    told: dict[int, tuple[NDArray[np.float64], Floats]] = {}
    for some, episode in in_batches(course, learners, support, own_out=own_out):
        context, seen = follow(tracer, episode, vectors(episode)[0] if vectors else None)
        hidden = context.learner[..., LEVEL:]
        logit = tracer.predict(context, seen, hidden).logit.double().numpy()
        place = tracer.reads(context, seen, hidden) if places else torch.zeros(*logit.shape, 0)
        for row, learner in enumerate(some):
            length = course.lengths[learner]
            told[int(learner)] = logit[row, :length], place[row, :length].numpy()
    if not len(learners):
        return Followed(np.empty(0), np.empty((0, 0), np.float32))
    in_order = [told[int(learner)] for learner in learners]
    return Followed(*(np.concatenate([each[part] for each in in_order]) for part in (0, 1)))


def logits(
    tracer: Tracer,
    course: Course,
    learners: Ints,
    support: CourseCounts,
    *,
    vectors: Vectors | None = None,
    own_out: bool = False,
) -> NDArray[np.float64]:
    """The logits of `follow_all`."""
    return follow_all(tracer, course, learners, support, vectors=vectors, own_out=own_out).logit


def in_batches(
    course: Course, learners: Ints, support: CourseCounts, *, own_out: bool = False, longest: int = 10**9
) -> Iterator[tuple[Ints, Episode]]:
    """Yield learners of about equal length, each in full, as episodes."""
    order = np.asarray(learners)[np.argsort(course.lengths[learners], kind="stable")]
    start = 0
    while start < len(order):
        end = start + 1
        while end < len(order) and (end + 1 - start) * min(longest, course.lengths[order[end]]) <= BATCH:
            end += 1
        some = order[start:end]
        yield some, make_episode([Piece(course, some, support, own_out)], longest=longest)
        start = end
