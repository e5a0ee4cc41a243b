"""Courses as tasks of few rows: what the network's head reads before a response, with what came of it.

A task is a course seen by N learners. Its support rows are theirs, each learner predicted from the counts of the
others; its query rows are other learners', predicted from the counts of all N.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from metaedu_plugin.training.course import Course, CourseCounts, Ints
from metaedu_plugin.training.episodes import draw_support
from metaedu_plugin.training.following import in_batches
from metaedu_plugin.training.in_context import follow
from metaedu_plugin.training.meta import Tasks
from metaedu_plugin.training.networks.tracer import FEATURES, LEVEL, Tracer

ROWS = 256
"""Rows of a side of a task at most."""
LONGEST = 200
"""Of a learner's responses so many are drawn from."""
_SUPPORT_LEARNERS, _QUERY_LEARNERS = 64, 16
_REAL_SHARE = 0.7
"""Share of the tasks from real courses, where there are any: as in the network's own training on them."""

Told = tuple[Tensor, Tensor, Tensor]
"""Inputs [ROWS, I], targets [ROWS, 2] (correct, logit of the network as it is) and mask [ROWS]."""


@torch.no_grad()
def read(
    tracer: Tracer, course: Course, learners: Ints, counts: CourseCounts, *, own_out: bool = False, longest: int = 10**9
) -> Iterator[tuple[Ints, Tensor, Tensor]]:
    """Yield some learners [B], what the head reads before each response [B, T, I] and the network's logit [B, T]."""
    for some, episode in in_batches(course, learners, counts, own_out=own_out, longest=longest):
        context, seen = follow(tracer, episode)
        state = context.learner[..., LEVEL:]
        yield some, torch.cat([seen.features, state], -1), tracer.predict(context, seen, state).logit


def draw_rows(
    tracer: Tracer, course: Course, learners: Ints, counts: CourseCounts, rng: np.random.Generator, *, own_out: bool
) -> Told:
    """Draw at most ROWS responses evenly over the learners, of 64 of them where there are more."""
    people = rng.permutation(learners)[:_SUPPORT_LEARNERS]
    lengths = np.minimum(course.lengths[people], LONGEST)
    who = np.repeat(people, lengths)
    # Round by round: everybody gives a response before anybody gives another one.
    each = [rng.permutation(int(length)) for length in lengths]
    turn = np.concatenate([np.empty(0, np.int64), *(np.arange(len(e)) for e in each)])
    step = np.concatenate([np.empty(0, np.int64), *each]).astype(np.int64)
    chosen = np.lexsort((rng.random(len(who)), turn))[:ROWS]
    who, step = who[chosen], step[chosen]
    x, y, mask = torch.zeros(ROWS, FEATURES + tracer.hidden), torch.zeros(ROWS, 2), torch.zeros(ROWS)
    mask[: len(who)] = 1.0
    y[: len(who), 0] = torch.from_numpy(course.outcome[course.starts[who] + step, 0])
    for some, inputs, logit in read(tracer, course, people, counts, own_out=own_out, longest=LONGEST):
        at = np.flatnonzero(np.isin(who, some))
        row = torch.from_numpy(_places(some, who[at]))
        x[at], y[at, 1] = inputs[row, step[at]], logit[row, step[at]]
    return x, y, mask


def draw_tasks(
    tracer: Tracer, simulated: Sequence[Course], real: Sequence[Course], *, count: int, rng: np.random.Generator
) -> Tasks:
    """Draw tasks; a course is drawn by the square root of its number of learners, and N as for the network."""
    tasks: list[tuple[Told, Told]] = []
    while len(tasks) < count:
        courses = real if real and rng.random() < _REAL_SHARE else simulated
        weights = np.sqrt([len(course) for course in courses])
        course = courses[rng.choice(len(courses), p=weights / weights.sum())]
        order = rng.permutation(len(course))
        query, others = np.split(order, [min(_QUERY_LEARNERS, -(-len(order) // 2))])
        support = others[: draw_support(rng, len(others))]
        counts = course.counts(support)
        tasks.append(
            (
                draw_rows(tracer, course, support, counts, rng, own_out=True),
                draw_rows(tracer, course, query, counts, rng, own_out=False),
            )
        )
    (x, y, mask), (query_x, query_y, query_mask) = (
        tuple(torch.stack(part) for part in zip(*side, strict=True)) for side in zip(*tasks, strict=True)
    )
    return Tasks(x, y, query_x, query_y, mask, query_mask)


def _places(where: Ints, what: Ints) -> NDArray[np.int64]:
    """Index of each of `what` in `where`."""
    order = np.argsort(where)
    return np.asarray(order[np.searchsorted(where, what, sorter=order)])
