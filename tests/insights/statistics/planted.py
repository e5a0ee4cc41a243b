"""Courses of several skills with a structure that is known, or with none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from metaedu_plugin.insights.statistics import Answers
from metaedu_plugin.insights.statistics.residuals import Residuals, residuals
from tests.insights.classes import answers


def course(
    *,
    seed: int,
    learners: int = 300,
    skills: int = 6,
    items: int = 8,
    related: float = 0.5,
    missing: float = 0.0,
    learning: float = 0.0,
    split: Sequence[int] = (),
    mistagged: Mapping[int, int] | None = None,
    needs: Mapping[int, int] | None = None,
) -> tuple[Answers, dict[str, tuple[str, ...]]]:
    """Answers and tags of `skills` skills of `items` items each, abilities correlated by `related`.

    `split`: skills of which every second item asks for something else. `mistagged`: items (by number) that really
    belong to another skill. `needs`: skill -> the skill without which it cannot be had. Slopes differ, as items' do.
    """
    rng = np.random.default_rng(seed)
    general = rng.normal(size=(learners, 1))
    able = np.sqrt(related) * general + np.sqrt(1 - related) * rng.normal(size=(learners, skills))
    for after, before in (needs or {}).items():
        able[:, after] = np.where(able[:, before] > 0, able[:, after] + 0.8, able[:, after] * 0.5 - 1.6)
    second = np.sqrt(related) * general + np.sqrt(1 - related) * rng.normal(size=(learners, skills))
    number = skills * items
    tag = np.arange(number) // items
    true = tag.copy()
    for item, skill in (mistagged or {}).items():
        true[item] = skill
    theta = able[:, true]
    for skill in split:
        other = (tag == skill) & (np.arange(number) % 2 == 1)
        theta[:, other] = second[:, [skill]]
    slope, hard = rng.lognormal(0.3, 0.25, number), rng.normal(0, 0.8, number)
    logit = slope * (theta - hard) + learning * np.log1p(np.arange(number) % items)
    right = rng.random((learners, number)) < 1 / (1 + np.exp(-logit))
    learner, item = np.nonzero(rng.random((learners, number)) >= missing)
    given = answers(learner=learner, item=item, correct=right[learner, item], items=number)
    return given, {key: (f"skill{tag[n]}",) for n, key in enumerate(given.items)}


def table(*, skills: int = 6, **wanted: object) -> Residuals:
    given, tags = course(skills=skills, **wanted)  # type: ignore[arg-type]
    return residuals(given, skills=[f"skill{n}" for n in range(skills)], item_skills=tags)
