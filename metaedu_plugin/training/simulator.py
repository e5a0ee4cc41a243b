"""Simulated courses: many different ones, so that a network learns how to learn a course.

A response is right with the four-parameter logistic of item response theory. What goes into it, and the way of the
learners through the course, is in the package `simulation`; its ranges are drawn anew for each course, so that courses
differ in size, order, difficulty, repeats, tagging, what is logged, and drop-out. `bench/simulated_courses.py` holds
them against real courses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from metaedu_plugin.training.data import CourseData
from metaedu_plugin.training.data import Sequence as Responses
from metaedu_plugin.training.simulation.group import Group
from metaedu_plugin.training.simulation.items import Items, tag_count
from metaedu_plugin.training.simulation.kinds import draw_traits
from metaedu_plugin.training.simulation.play import Log, play
from metaedu_plugin.training.simulation.traits import CourseTraits

__all__ = ["CourseTraits", "draw_traits", "simulate_course", "simulate_courses"]

_AT_ONCE = 16
"""Courses that are played side by side: a step costs little more for many learners than for few."""


def simulate_courses(count: int, seed: int) -> Iterator[CourseData]:
    """Yield `count` simulated courses; the same seed gives the same courses, whatever the count."""
    drawn = np.random.SeedSequence(seed).spawn(-(-count // _AT_ONCE))
    for number, sequence in enumerate(drawn):
        rng = np.random.default_rng(sequence)
        first = number * _AT_ONCE
        traits = [draw_traits(rng) for _ in range(_AT_ONCE)]
        keys = [f"simulated-{seed}-{first + place}" for place in range(_AT_ONCE)]
        yield from _simulate(traits, rng, keys, longest=600)[: count - first]


def simulate_course(traits: CourseTraits, rng: np.random.Generator, *, key: str, longest: int = 600) -> CourseData:
    """Simulate one course, at most `longest` responses of each learner.

    `facts["anonymous"]` [items] says of which items only the skills are known; such a course has one item for each set
    of skills.
    """
    return _simulate([traits], rng, [key], longest)[0]


def _simulate(
    traits: Sequence[CourseTraits], rng: np.random.Generator, keys: Sequence[str], longest: int
) -> list[CourseData]:
    group = Group(traits, [Items(course, rng) for course in traits])
    log = play(group, rng, longest)
    kept = log.new | ~group.each("changes_only")[log.row]
    if not kept.all():
        log = Log(*(getattr(log, column.name)[kept] for column in fields(log)))
    ends = np.searchsorted(log.row, np.cumsum(group.learners))
    starts = [0, *ends[:-1]]
    return [
        _course(group, number, log, slice(start, end), keys[number])
        for number, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]


def _course(group: Group, number: int, log: Log, here: slice, key: str) -> CourseData:
    """The course with this number in the group, whose responses lie `here` in the log."""
    traits, tags = group.traits[number], group.courses[number].tags
    met = log.item[here] - group.first_item[number]
    if traits.anonymous:
        met, tags = _without_items(met, tags)
    used, item = np.unique(met, return_inverse=True)
    unknown = np.full(len(met), -1.0)
    attempts = traits.has_attempts and not traits.anonymous
    columns = {
        "item": item.astype(np.int32),
        "correct": log.correct[here],
        "score": log.score[here],
        "hints": log.hints[here],
        "seconds": log.seconds[here] if traits.has_times else unknown.astype(np.float32),
        "attempt": log.attempt[here] if attempts else np.ones(len(met), np.float32),
        "time": log.time[here] if traits.has_times else unknown,
    }
    cuts = np.flatnonzero(np.diff(log.row[here])) + 1
    pieces = [np.split(column, cuts) for column in columns.values()]
    sequences = [
        Responses(f"{key}-learner-{row}", **dict(zip(columns, arrays, strict=True)))
        for row, arrays in enumerate(zip(*pieces, strict=True))
    ]
    return CourseData(
        key=key,
        items=[f"item-{name}" for name in used],
        skills=[f"skill-{name}" for name in range(tag_count(traits))],
        item_skills=[tags[name] for name in used],
        sequences=sequences,
        origin="simulated",
        facts={"anonymous": np.full(len(used), traits.anonymous)},
    )


def _without_items(
    met: NDArray[np.int64], tags: list[NDArray[np.int32]]
) -> tuple[NDArray[np.int64], list[NDArray[np.int32]]]:
    """One item for each set of skills, in place of each item."""
    number: dict[tuple[int, ...], int] = {}
    which = np.array([number.setdefault(tuple(several), len(number)) for several in tags])
    return which[met], [np.array(several, np.int32) for several in number]
