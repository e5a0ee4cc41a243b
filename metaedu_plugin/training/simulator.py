"""Simulated courses: many different ones, so that a network learns how to learn a course.

A response is right with the four-parameter logistic of item response theory (Barton & Lord 1981):
`guess + (1 - guess - slip) * sigmoid(proficiency - difficulty)`. Proficiency is the learner's ability, an own
strength for each skill, what practice has added (less is added the more is known), what has been
forgotten since, and a mood that wanders. Every range below is drawn anew for each course, so that
courses differ in size, spread, order, retries, tagging and drop-out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metaedu_plugin.training.data import CourseData, Sequence

DAY = 86_400.0
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class CourseTraits:
    """What one simulated course is like; everything that learners or items are drawn from."""

    learners: int
    items: int
    skills: int
    ability_spread: float
    skill_spread: float
    mean_difficulty: float
    item_spread: float
    skill_difficulty_spread: float
    guess: float
    slip: float
    gain: float
    forget_per_day: float
    mood: float
    order: str
    """fixed, free (every learner their own), or mastery (a skill until three in a row are right)."""
    retry: float
    """Chance of trying again after a wrong answer."""
    retry_gain: float
    leave: float
    """Chance of leaving after any response."""
    two_skills: float
    untagged: float
    mistagged: float
    has_times: bool


def draw_traits(rng: np.random.Generator) -> CourseTraits:
    """Draw the traits of one course."""
    skills = int(np.exp(rng.uniform(np.log(2), np.log(40))))
    items = max(skills, int(np.exp(rng.uniform(np.log(15), np.log(400)))))
    return CourseTraits(
        learners=int(np.exp(rng.uniform(np.log(30), np.log(300)))),
        items=items,
        skills=skills,
        ability_spread=rng.uniform(0.4, 1.6),
        skill_spread=rng.uniform(0.1, 0.9),
        mean_difficulty=rng.uniform(-2.0, 0.6),
        item_spread=rng.uniform(0.2, 2.2),
        skill_difficulty_spread=rng.uniform(0.1, 1.0),
        guess=rng.choice([0.0, 0.0, rng.uniform(0.0, 0.3)]),
        slip=rng.uniform(0.0, 0.12),
        gain=np.exp(rng.uniform(np.log(0.01), np.log(0.5))),
        forget_per_day=np.exp(rng.uniform(np.log(0.002), np.log(0.15))),
        mood=rng.uniform(0.0, 0.7),
        order=str(rng.choice(["fixed", "free", "mastery"], p=[0.5, 0.25, 0.25])),
        retry=rng.choice([0.0, rng.uniform(0.2, 0.95)]),
        retry_gain=rng.uniform(0.0, 1.5),
        leave=np.exp(rng.uniform(np.log(0.001), np.log(0.04))),
        two_skills=rng.choice([0.0, rng.uniform(0.0, 0.4)]),
        untagged=rng.choice([0.0, 0.0, 0.0, rng.uniform(0.0, 0.3), 1.0], p=[0.3, 0.3, 0.15, 0.15, 0.1]),
        mistagged=rng.choice([0.0, rng.uniform(0.0, 0.15)]),
        has_times=bool(rng.random() < 0.6),
    )


def simulate_courses(count: int, seed: int) -> Iterator[CourseData]:
    """Yield `count` simulated courses; the same seed gives the same courses."""
    for number, sequence in enumerate(np.random.SeedSequence(seed).spawn(count)):
        rng = np.random.default_rng(sequence)
        yield simulate_course(draw_traits(rng), rng, key=f"simulated-{seed}-{number}")


def simulate_course(traits: CourseTraits, rng: np.random.Generator, *, key: str, longest: int = 300) -> CourseData:
    """Simulate one course, all its learners side by side, at most `longest` responses each."""
    true_skill, tags = _tag_items(traits, rng)
    difficulty = (
        rng.normal(traits.mean_difficulty, traits.item_spread, traits.items)
        + rng.normal(0.0, traits.skill_difficulty_spread, traits.skills)[true_skill]
    )
    log = _Log(_Class(traits, rng, true_skill), difficulty).run(longest)
    sequences = [
        Sequence(
            learner=f"{key}-learner-{row}",
            item=log.item[row, keep].astype(np.int32),
            correct=log.correct[row, keep].astype(np.float32),
            score=log.correct[row, keep].astype(np.float32),
            hints=log.hints[row, keep].astype(np.float32),
            seconds=(log.seconds[row, keep] if traits.has_times else np.full(keep.sum(), -1.0)).astype(np.float32),
            attempt=log.attempt[row, keep].astype(np.float32),
            time=log.time[row, keep] if traits.has_times else np.full(keep.sum(), -1.0),
        )
        for row, keep in enumerate(log.item >= 0)
        if keep.any()
    ]
    return CourseData(
        key=key,
        items=[f"item-{number}" for number in range(traits.items)],
        skills=[f"skill-{number}" for number in range(traits.skills)],
        item_skills=tags,
        sequences=sequences,
        origin="simulated",
    )


def _tag_items(traits: CourseTraits, rng: np.random.Generator) -> tuple[Ints, list[NDArray[np.int32]]]:
    """Give each item its true skill, and the tags that a course author wrote down: some missing, some wrong."""
    true_skill = np.sort(
        np.concatenate([np.arange(traits.skills), rng.integers(0, traits.skills, traits.items - traits.skills)])
    )
    tags: list[NDArray[np.int32]] = []
    for skill in true_skill:
        if rng.random() < traits.untagged:
            tags.append(np.empty(0, np.int32))
            continue
        tag = rng.integers(traits.skills) if rng.random() < traits.mistagged else skill
        second = rng.integers(traits.skills) if rng.random() < traits.two_skills else tag
        tags.append(np.unique([tag, second]).astype(np.int32))
    return true_skill, tags


class _Class:
    """The learners of one course, and where each stands."""

    def __init__(self, traits: CourseTraits, rng: np.random.Generator, true_skill: Ints) -> None:
        learners, items = traits.learners, traits.items
        self.traits, self.rng, self.true_skill = traits, rng, true_skill
        ability = rng.normal(0.0, traits.ability_spread, learners)
        self.strength = ability[:, None] + rng.normal(0.0, traits.skill_spread, (learners, traits.skills))
        self.gain = traits.gain * rng.lognormal(0.0, 0.5, learners)
        self.practised = np.zeros((learners, traits.skills))
        self.last_day = np.zeros((learners, traits.skills))
        self.mood = np.zeros(learners)
        self.day = rng.uniform(0.0, 20.0, learners)
        self.pace = rng.lognormal(np.log(40.0), 0.5, learners)
        if traits.order == "free":
            self.order = np.argsort(rng.random((learners, items)), axis=1)
        else:
            self.order = np.tile(np.arange(items), (learners, 1))
        self.place = np.zeros(learners, int)
        if traits.order != "free":
            # Not everybody starts at the beginning.
            late = rng.random(learners) < 0.15
            self.place[late] = rng.integers(0, max(1, items // 2), int(late.sum()))
        self.streak = np.zeros(learners, int)
        self.tries = np.zeros(learners, int)
        self.present = np.ones(learners, bool)
        self.next_skill_at = np.append(np.searchsorted(true_skill, np.arange(1, traits.skills)), items)


class _Log:
    """Plays a course and writes down what happened; every array is [learners, steps], item -1 where nothing."""

    def __init__(self, group: _Class, difficulty: Floats) -> None:
        self.group, self.difficulty = group, difficulty

    def run(self, longest: int) -> _Log:
        shape = (self.group.traits.learners, longest)
        self.item = np.full(shape, -1)
        self.correct, self.hints, self.seconds, self.attempt, self.time = (np.zeros(shape) for _ in range(5))
        for step in range(longest):
            if not self.group.present.any():
                break
            self._step(step)
        return self

    def _step(self, step: int) -> None:
        group, traits, rng = self.group, self.group.traits, self.group.rng
        rows = np.flatnonzero(group.present)
        items = group.order[rows, group.place[rows]]
        skills = group.true_skill[items]
        away = np.maximum(group.day[rows] - group.last_day[rows, skills], 0.0)
        kept = group.practised[rows, skills] * np.exp(-traits.forget_per_day * away)
        group.mood[rows] = 0.8 * group.mood[rows] + rng.normal(0.0, 0.6 * traits.mood, len(rows))
        level = (
            group.strength[rows, skills]
            + kept
            + group.mood[rows]
            + traits.retry_gain * group.tries[rows]
            - self.difficulty[items]
        )
        chance = traits.guess + (1.0 - traits.guess - traits.slip) / (1.0 + np.exp(-level))
        right = rng.random(len(rows)) < chance
        hints = (rng.random(len(rows)) < 0.25 * (1.0 - chance)).astype(float)
        seconds = group.pace[rows] * rng.lognormal(0.0, 0.4, len(rows)) * np.where(right, 1.0, 1.3)

        self.item[rows, step] = items
        self.correct[rows, step] = right
        self.hints[rows, step] = hints
        self.seconds[rows, step] = seconds
        self.attempt[rows, step] = group.tries[rows] + 1
        self.time[rows, step] = 1.6e9 + group.day[rows] * DAY

        # Practice adds less the more has been gained; a wrong answer with help teaches a little more.
        group.practised[rows, skills] = kept + group.gain[rows] * np.exp(-0.5 * kept) * np.where(right, 1.0, 1.2)
        group.last_day[rows, skills] = group.day[rows]
        pause = np.where(rng.random(len(rows)) < 0.04, rng.exponential(3.0, len(rows)), 0.0)
        group.day[rows] += seconds / DAY + pause
        self._move_on(rows, right, skills)

    def _move_on(self, rows: Ints, right: NDArray[np.bool_], skills: Ints) -> None:
        group, traits, rng = self.group, self.group.traits, self.group.rng
        again = ~right & (rng.random(len(rows)) < traits.retry) & (group.tries[rows] < 5)
        group.tries[rows] = np.where(again, group.tries[rows] + 1, 0)
        group.streak[rows] = np.where(right, group.streak[rows] + 1, 0)
        place = group.place[rows] + ~again
        if traits.order == "mastery":
            done = (group.streak[rows] >= 3) & ~again
            place = np.where(done, np.maximum(group.next_skill_at[skills], place), place)
            group.streak[rows] = np.where(done, 0, group.streak[rows])
        stay = (place < traits.items) & (rng.random(len(rows)) >= traits.leave)
        group.place[rows] = np.minimum(place, traits.items - 1)
        group.present[rows] = stay
