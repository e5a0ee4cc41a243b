"""Kinds of courses: which traits go together. Ranges are rounded, and wider than any one course asks for.

Seven kinds follow how known systems work; one course in five mixes everything with everything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from metaedu_plugin.training.simulation.anything import any_course
from metaedu_plugin.training.simulation.traits import CourseTraits, log_uniform, sometimes

Change = dict[str, object]
MOST_LEARNERS, LEAST_LEARNERS = 2500, 20
MOST_PLACES = 2e7
"""Learners times items, for the memory's sake."""


def draw_traits(rng: np.random.Generator) -> CourseTraits:
    """Draw the traits of one course: any course at first, then what its kind says otherwise."""
    traits = any_course(rng)
    kind = _KINDS[rng.integers(len(_KINDS))] if rng.random() < 0.8 else None
    if kind:
        traits = replace(traits, **kind(rng))  # type: ignore[arg-type]
    large = traits.length < 150 and rng.random() < 0.25
    if large:
        length = min(traits.length, log_uniform(rng, 20, 100))
        traits = replace(traits, learners=int(log_uniform(rng, 900, MOST_LEARNERS)), length=length)
    # A course's responses are kept to what a minute of training can use: long courses have fewer learners.
    room = (
        250_000
        if large
        else log_uniform(rng, 6_000, 200_000) / (traits.length * np.exp(min(0.5, traits.length_spread**2 / 2)))
    )
    learners = int(np.clip(min(traits.learners, room), LEAST_LEARNERS, MOST_LEARNERS))
    items = int(np.clip(traits.items, 5, MOST_PLACES / learners))
    skills = min(traits.skills, items)
    return replace(traits, learners=learners, items=items, skills=skills, sets=int(np.clip(traits.sets, 1, items)))


def _problem_sets(rng: np.random.Generator) -> Change:
    """A set of items for each skill, drawn from a pool until so many in a row are right (ASSISTments)."""
    skills = int(log_uniform(rng, 20, 280))
    echo = sometimes(rng, 0.45, 0.5, 1.0)
    return {
        "skills": skills,
        "sets": int(skills * rng.uniform(1.0, 2.0)),
        "items": int(skills * log_uniform(rng, 8, 150)),
        "item_spread": rng.uniform(0.5, 1.8),
        "learners": int(log_uniform(rng, 150, 2500)),
        "length": log_uniform(rng, 18, 400),
        "length_spread": rng.uniform(0.9, 2.2),
        "ability_spread": rng.uniform(0.6, 2.2),
        "mean_difficulty": rng.uniform(-2.4, 0.6),
        "shuffled": rng.uniform(0.05, 0.6),
        "drawn": bool(rng.random() < 0.7),
        "mastery": int(rng.choice([0, 3, 3, 5])),
        "set_share": rng.uniform(0.05, 0.6),
        "switch": rng.uniform(0.0, 0.25),
        "late": rng.uniform(0.2, 1.0),
        "echo": echo,
        "several": rng.uniform(0.1, 0.6) if echo else sometimes(rng, 0.3, 0.0, 0.3),
        "retry": 0.0 if echo else sometimes(rng, 0.2, 0.1, 0.9),
        "redo": 0.0 if echo else sometimes(rng, 0.2, 0.0, 0.2),
        "review": 0.0 if echo else sometimes(rng, 0.2, 0.0, 0.2),
        "anonymous": bool(rng.random() < (0.0 if echo else 0.5)),
        "coarse": 1,
        "untagged": 0.0,
    }


def _tutor(rng: np.random.Generator) -> Change:
    """Steps of problems, many skills in turn, mastery by skill (Cognitive Tutor); mostly without items."""
    skills = int(log_uniform(rng, 30, 150))
    return {
        "skills": skills,
        "sets": int(max(1, skills / rng.uniform(2, 8))),
        "items": int(skills * log_uniform(rng, 12, 60)),
        "learners": int(log_uniform(rng, 60, 1200)),
        "length": log_uniform(rng, 250, 1500),
        "length_spread": rng.uniform(0.5, 1.3),
        "ability_spread": rng.uniform(0.3, 1.0),
        "mean_difficulty": rng.uniform(-3.2, -1.0),
        "skill_difficulty_spread": rng.uniform(1.2, 4.0),
        "item_spread": rng.uniform(0.1, 0.8),
        "shuffled": rng.uniform(0.0, 0.2),
        "drawn": bool(rng.random() < 0.7),
        "blocked": False,
        "set_share": rng.uniform(0.5, 1.0),
        "guess": sometimes(rng, 0.3, 0.0, 0.2),
        "untagged": 0.0,
        "anonymous": bool(rng.random() < 0.6),
        "retry": sometimes(rng, 0.3, 0.1, 0.9),
    }


def _chapters(rng: np.random.Generator) -> Change:
    """A course from beginning to end, a chapter with several skills at a time; items differ much (OLI Statics)."""
    sets = int(log_uniform(rng, 5, 60))
    skills = int(sets * log_uniform(rng, 0.5, 6))
    return {
        "sets": sets,
        "skills": skills,
        "items": int(log_uniform(rng, 400, 3000)),
        "learners": int(log_uniform(rng, 60, 1500)),
        "length": log_uniform(rng, 150, 1500),
        "length_spread": rng.uniform(0.3, 1.2),
        "ability_spread": rng.uniform(0.3, 1.2),
        "mean_difficulty": rng.uniform(-3.2, -0.3),
        "item_spread": rng.uniform(1.2, 3.2),
        "skill_difficulty_spread": rng.uniform(0.2, 1.6),
        "shuffled": rng.choice([0.0, rng.uniform(0.0, 0.1)]),
        "drawn": bool(rng.random() < 0.2),
        "set_share": 1.0,
        "mastery": 0,
        "switch": sometimes(rng, 0.3, 0.0, 0.1),
        "skip": sometimes(rng, 0.6, 0.0, 0.3),
        "late": sometimes(rng, 0.4, 0.0, 0.6),
        "retry": sometimes(rng, 0.25, 0.1, 0.9),
    }


def _homework(rng: np.random.Generator) -> Change:
    """Hard problems, submitted again and again until right (LON-CAPA)."""
    sets = int(log_uniform(rng, 8, 60))
    return {
        "sets": sets,
        "skills": int(sets * log_uniform(rng, 0.5, 3)),
        "items": int(log_uniform(rng, 120, 800)),
        "learners": int(log_uniform(rng, 60, 1200)),
        "length": log_uniform(rng, 250, 2000),
        "length_spread": rng.uniform(0.2, 0.8),
        "ability_spread": rng.uniform(0.2, 0.9),
        "mean_difficulty": rng.uniform(-0.6, 2.2),
        "item_spread": rng.uniform(1.2, 3.4),
        "shuffled": rng.uniform(0.0, 0.2),
        "discrimination_spread": sometimes(rng, 0.5, 0.0, 0.3),
        "drawn": False,
        "set_share": 1.0,
        "mastery": 0,
        "switch": sometimes(rng, 0.7, 0.0, 0.25),
        "skip": rng.uniform(0.0, 0.3),
        "retry": rng.uniform(0.8, 0.98),
        "tries": int(rng.choice([5, 10, 20])),
        "retry_gain": rng.uniform(-0.1, 0.6),
        "stick": rng.uniform(0.0, 1.2),
        "redo": sometimes(rng, 0.6, 0.0, 0.15),
        "recall": rng.uniform(0.0, 2.0),
        "untagged": float(rng.choice([0.0, 1.0])),
        "anonymous": False,
    }


def _exam(rng: np.random.Generator) -> Change:
    """Questions in variants, everybody another one; back and forth between them; hard."""
    sets = int(log_uniform(rng, 8, 40))
    return {
        "sets": sets,
        "skills": sets,
        "items": int(sets * log_uniform(rng, 1, 20)),
        "learners": int(log_uniform(rng, 100, 2500)),
        "length": log_uniform(rng, 15, 60),
        "length_spread": rng.uniform(0.1, 0.6),
        "ability_spread": rng.uniform(0.5, 2.0),
        "mean_difficulty": rng.uniform(0.0, 4.5),
        "guess": sometimes(rng, 0.3, 0.0, 0.25),
        "item_spread": rng.uniform(0.6, 2.4),
        "gain": log_uniform(rng, 0.005, 0.1),
        "shuffled": rng.uniform(0.0, 1.0),
        "drawn": True,
        "set_share": 0.0,
        "mastery": 0,
        "switch": rng.uniform(0.2, 1.0),
        "retry": float(rng.choice([0.0, rng.uniform(0.5, 1.0)])),
        "tries": int(rng.choice([3, 5, 20])),
        # Where a machine marks at once what is wrong, as with programs, the second try is often the better one.
        "retry_gain": rng.uniform(0.0, 1.0) + sometimes(rng, 0.5, 0.0, 3.0),
        "stick": rng.uniform(0.5, 2.0),
        "partial": sometimes(rng, 0.5, 0.1, 0.9),
        "recall": rng.uniform(-1.0, 1.0),
        "late": 0.0,
        "second_pass": float(rng.choice([0.0, 1.0])),
        "coarse": 1,
        "untagged": float(rng.choice([0.0, 0.0, 1.0])),
        "several": 0.0,
        "changes_only": bool(rng.random() < 0.5),
        "anonymous": False,
    }


def _pool(rng: np.random.Generator) -> Change:
    """Everybody takes other items from a large pool, with many tags (EdNet, Eedi)."""
    skills = int(log_uniform(rng, 40, 280))
    return {
        "skills": skills,
        "sets": int(log_uniform(rng, 50, 800)),
        "items": int(log_uniform(rng, 5000, 40000)),
        "learners": int(log_uniform(rng, 150, 1500)),
        "length": log_uniform(rng, 30, 300),
        "length_spread": rng.uniform(0.4, 1.9),
        "ability_spread": rng.uniform(0.5, 2.1),
        "retry_gain": rng.uniform(0.0, 4.0),
        "review": sometimes(rng, 0.4, 0.0, 0.2),
        "mean_difficulty": rng.uniform(-2.4, 0.3),
        "shuffled": float(rng.choice([1.0, rng.uniform(0.3, 1.0)])),
        "set_share": rng.uniform(0.2, 1.0),
        "mastery": 0,
        "roam": rng.uniform(0.0, 1.0),
        "switch": rng.uniform(0.0, 0.5),
        "coarse": 1,
        "several": rng.uniform(0.0, 1.0),
        "untagged": 0.0,
        "retry": sometimes(rng, 0.2, 0.1, 0.9),
    }


def _sections(rng: np.random.Generator) -> Change:
    """A textbook or a list of questions, few skills, everybody in the same order."""
    skills = int(log_uniform(rng, 2, 25))
    return {
        "skills": skills,
        "sets": int(skills * rng.choice([1, 1, 2])),
        "items": int(log_uniform(rng, 15, 400)),
        "learners": int(log_uniform(rng, 100, 2500)),
        "length": log_uniform(rng, 20, 120),
        "length_spread": rng.uniform(0.3, 1.3),
        "ability_spread": rng.uniform(0.5, 2.4),
        "mean_difficulty": rng.uniform(-2.4, 0.6),
        "item_spread": rng.uniform(0.4, 3.2),
        "discrimination_spread": sometimes(rng, 0.5, 0.0, 0.4),
        "shuffled": 0.0,
        "drawn": bool(rng.random() < 0.2),
        "blocked": True,
        "set_share": 1.0,
        "mastery": 0,
        "switch": 0.0,
        "late": rng.uniform(0.0, 1.0),
        "retry": sometimes(rng, 0.3, 0.1, 0.9),
        "untagged": float(rng.choice([0.0, 0.0, 1.0])),
        "anonymous": bool(rng.random() < 0.35),
    }


_KINDS: tuple[Callable[[np.random.Generator], Change], ...] = (
    _problem_sets,
    _problem_sets,
    _tutor,
    _chapters,
    _homework,
    _exam,
    _pool,
    _pool,
    _sections,
)
