"""How the others in a course stand, for a learner whose course shows that: one average a skill, and never a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.registry import api as registry
from metaedu_plugin.tutoring.models import ObservedUpTo

FEWEST: Final = 10
"""Other learners who have answered on a skill, before anything is said of their average."""
ASKED: Final = 100
"""Learners whose masteries are averaged, those who came last: nobody waits for a class of thousands."""


def averages(*, course: str, learner: str, skills: Sequence[str], now: float, model: str) -> dict[str, float]:
    """Mean mastery of other learners by skill; only skills that enough of them have answered on.

    Empty where the course does not show it. `model` is the version that answers, which knows them.
    """
    if not curriculum.settings(course=course).compare:
        return {}
    rows = ObservedUpTo.objects.filter(course=course, model=model).exclude(learner_id=learner)
    others = list(rows.order_by("-row").values_list("learner__pseudonym", flat=True)[:ASKED])
    if len(others) < FEWEST:
        return {}
    told = registry.tutor().mastery_many(course=course, learners=others, skills=list(skills), now=now)
    found = {skill: [row[at].mean for row in told if row[at].responses] for at, skill in enumerate(skills)}
    return {skill: sum(means) / len(means) for skill, means in found.items() if len(means) >= FEWEST}
