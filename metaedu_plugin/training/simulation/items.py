"""The items of a simulated course: in which set each lies, what it asks for, and what is written on it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metaedu_plugin.training.simulation.traits import CourseTraits

FACTORS = 3
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


class Items:
    """All items of a course, [items], in the order of the course."""

    def __init__(self, traits: CourseTraits, rng: np.random.Generator) -> None:
        items, skills, sets = traits.items, traits.skills, traits.sets
        self.size = _sizes(items, sets, rng)
        self.start = np.cumsum(self.size) - self.size
        set_of = np.repeat(np.arange(sets), self.size)
        self.skill = _skills(traits, set_of, rng)
        within = (np.arange(items) - self.start[set_of]) / np.maximum(self.size[set_of] - 1, 1)
        if not traits.blocked:
            self.skill = _mixed_within(self.skill, set_of, rng)
        skill_difficulty = rng.normal(0.0, traits.skill_difficulty_spread, skills)
        self.difficulty = (
            rng.normal(traits.mean_difficulty, traits.item_spread, items)
            + skill_difficulty[self.skill]
            + traits.rise * (np.arange(items) / items - 0.5)
            + traits.rise_within * (within - 0.5)
        ).astype(np.float32)
        self.discrimination = rng.lognormal(0.0, traits.discrimination_spread, items).astype(np.float32)
        self.guess = _around(traits.guess, 20.0, items, rng)
        self.slip = _around(traits.slip, 20.0, items, rng)
        # How much each skill, and each item for itself, asks of the further abilities.
        self.skill_loading = rng.normal(0.0, traits.factor_spread, (skills, FACTORS))
        self.loading = rng.normal(0.0, 0.5 * traits.factor_spread, (items, FACTORS)).astype(np.float32)
        self.tags, self.second = _tags(self.skill, traits, rng)
        several = np.array([len(tags) > 1 for tags in self.tags])
        self.echo = (rng.random(items) < traits.echo) & (several | (traits.several == 0.0))
        self.seconds = rng.normal(0.0, 0.5, items).astype(np.float32)


def _sizes(items: int, sets: int, rng: np.random.Generator) -> Ints:
    """Split the items into sets of unequal size, none empty."""
    share = rng.gamma(2.0, 1.0, sets)
    return np.asarray(1 + rng.multinomial(items - sets, share / share.sum()), np.int64)


def _skills(traits: CourseTraits, set_of: Ints, rng: np.random.Generator) -> Ints:
    """The skill that each item asks for: those of its set, which follow the course's order; some from elsewhere."""
    low = set_of * traits.skills / traits.sets
    width = max(1.0, traits.skills / traits.sets)
    skill = np.minimum(low + rng.random(len(set_of)) * width, traits.skills - 1).astype(np.int64)
    if traits.sets >= traits.skills:
        skill = np.minimum(low, traits.skills - 1).astype(np.int64)
    order = np.lexsort((skill, set_of))
    skill = skill[order]
    elsewhere = rng.random(len(skill)) < traits.roam
    skill[elsewhere] = rng.integers(0, traits.skills, int(elsewhere.sum()))
    return skill


def _mixed_within(skill: Ints, set_of: Ints, rng: np.random.Generator) -> Ints:
    return skill[np.lexsort((rng.random(len(skill)), set_of))]


def _around(mean: float, sharpness: float, size: int, rng: np.random.Generator) -> Floats:
    """Chances around a mean, from a beta distribution."""
    if mean <= 0.0:
        return np.zeros(size, np.float32)
    return rng.beta(mean * sharpness, (1.0 - mean) * sharpness, size).astype(np.float32)


def _tags(skill: Ints, traits: CourseTraits, rng: np.random.Generator) -> tuple[list[NDArray[np.int32]], Ints]:
    """The tags that an author wrote down, some missing, some wrong; and the second skill an item needs (-1 none)."""
    items = len(skill)
    number = -(-traits.skills // traits.coarse)
    first = np.where(rng.random(items) < traits.mistagged, rng.integers(0, number, items), skill // traits.coarse)
    several = rng.random(items) < traits.several
    other = rng.integers(0, traits.skills, items)
    near = np.clip(skill + rng.integers(-3, 4, items), 0, traits.skills - 1)
    other = np.where(rng.random(items) < 0.6, near, other)
    second = np.where(several & (rng.random(items) < traits.needed), other, -1)
    further = rng.integers(0, number, (items, 2))
    written = np.column_stack([first, other // traits.coarse, further])
    there = np.column_stack([np.ones(items, bool), several, several, several])
    there[:, 2:] &= rng.random((items, 2)) < traits.several * (traits.several > 0.3)
    there &= (rng.random(items) >= traits.untagged)[:, None]
    tags = list(first.astype(np.int32)[:, None])
    for row in np.flatnonzero(there.sum(1) != 1):
        tags[row] = np.array(sorted(set(written[row][there[row]].tolist())), np.int32)
    return tags, second


def tag_count(traits: CourseTraits) -> int:
    """How many skills the course's author knows of."""
    return -(-traits.skills // traits.coarse)
