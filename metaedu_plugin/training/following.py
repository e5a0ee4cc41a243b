"""What a network says of every response of some learners, followed in batches of about equal length."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from metaedu_plugin.training.course import Course, CourseCounts, Ints
from metaedu_plugin.training.episodes import Episode, Piece, make_episode
from metaedu_plugin.training.in_context import follow
from metaedu_plugin.training.networks.tracer import LEVEL, Tracer
from metaedu_plugin.training.vectors import Vectors

BATCH = 40_000
"""Responses, with padding, that are followed at a time."""


@torch.no_grad()
def logits(
    tracer: Tracer,
    course: Course,
    learners: Ints,
    support: CourseCounts,
    *,
    vectors: Vectors | None = None,
    own_out: bool = False,
) -> NDArray[np.float64]:
    """Logit of each response of these learners, learner by learner in the order given.

    Args:
        tracer: the network.
        course: the learners' course.
        learners: indices of its sequences.
        support: counts of the learners that the course is seen by.
        vectors: what training on the course has learned of its items and skills.
        own_out: the support counts these learners, too, and what each did is taken off.

    """
    told: dict[int, NDArray[np.float64]] = {}
    for some, episode in in_batches(course, learners, support, own_out=own_out):
        vector = vectors(episode)[0] if vectors else None
        context, seen = follow(tracer, episode, vector)
        told_now = tracer.predict(context, seen, context.learner[..., LEVEL:]).logit.double().numpy()
        for row, learner in enumerate(some):
            told[int(learner)] = told_now[row, : course.lengths[learner]]
    return np.concatenate([np.empty(0), *(told[int(learner)] for learner in learners)])


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
