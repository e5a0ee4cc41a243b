"""Simulated courses: many different ones, so that a network learns how to learn a course.

A response is right with the four-parameter logistic of item response theory. What goes into it, and the way of the
learners through the course, is in the package `simulation`; its ranges are drawn anew for each course, so that courses
differ in size, order, difficulty, repeats, tagging, what is logged, and drop-out. `bench/simulated_courses.py` holds
them against real courses.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from metaedu_plugin.training.data import CourseData, Sequence
from metaedu_plugin.training.simulation.items import Items, tag_count
from metaedu_plugin.training.simulation.kinds import draw_traits
from metaedu_plugin.training.simulation.play import Log
from metaedu_plugin.training.simulation.traits import CourseTraits

__all__ = ["CourseTraits", "draw_traits", "simulate_course", "simulate_courses"]


def simulate_courses(count: int, seed: int) -> Iterator[CourseData]:
    """Yield `count` simulated courses; the same seed gives the same courses."""
    for number, sequence in enumerate(np.random.SeedSequence(seed).spawn(count)):
        rng = np.random.default_rng(sequence)
        yield simulate_course(draw_traits(rng), rng, key=f"simulated-{seed}-{number}")


def simulate_course(traits: CourseTraits, rng: np.random.Generator, *, key: str, longest: int = 600) -> CourseData:
    """Simulate one course, all its learners side by side, at most `longest` responses each.

    `facts["anonymous"]` [items] says of which items only the skills are known; such a course has one item for each set
    of skills.
    """
    items = Items(traits, rng)
    log = Log(traits, items, rng, longest)
    lengths = (log.item >= 0).sum(1)
    met, tags = log.item, items.tags
    if traits.anonymous:
        met, tags = _without_items(met, tags)
    used, number = np.unique(met, return_inverse=True)
    names = used[used >= 0]
    met = (number.reshape(met.shape) - (len(used) - len(names))).astype(np.int32)
    attempt = log.attempt if traits.has_attempts and not traits.anonymous else np.ones_like(log.attempt)
    if not traits.has_times:
        log.seconds[:], log.time[:] = -1.0, -1.0
    sequences = [
        Sequence(
            learner=f"{key}-learner-{row}",
            item=met[row, :length].copy(),
            correct=log.correct[row, :length].copy(),
            score=log.score[row, :length].copy(),
            hints=log.hints[row, :length].copy(),
            seconds=log.seconds[row, :length].copy(),
            attempt=attempt[row, :length].copy(),
            time=log.time[row, :length].copy(),
        )
        for row, length in enumerate(lengths)
        if length
    ]
    return CourseData(
        key=key,
        items=[f"item-{name}" for name in names],
        skills=[f"skill-{number}" for number in range(tag_count(traits))],
        item_skills=[tags[name] for name in names],
        sequences=sequences,
        origin="simulated",
        facts={"anonymous": np.full(len(names), traits.anonymous)},
    )


def _without_items(
    met: NDArray[np.int32], tags: list[NDArray[np.int32]]
) -> tuple[NDArray[np.int32], list[NDArray[np.int32]]]:
    """One item for each set of skills, in place of each item."""
    number: dict[tuple[int, ...], int] = {}
    which = np.array([number.setdefault(tuple(several), len(number)) for several in tags], np.int32)
    return np.where(met >= 0, which[met], -1), [np.array(several, np.int32) for several in number]
