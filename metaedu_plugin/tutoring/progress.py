"""The best that a learner was told of each skill: an estimate may fall, but never without a word."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from dataclasses import dataclass

from django.utils import timezone

from metaedu_plugin.tutoring.models import ReachedSkill
from serving.types import Mastery, Policy

MASTERED = "mastered"


@dataclass(frozen=True)
class Reached:
    """When a skill was mastered first, and after how many answers."""

    on: datetime.date
    responses: int
    correct: int
    mastered: float = Policy().mastered
    """Mastery that counted as mastered then: a bar that is raised later takes nothing away."""


def hold(found: Collection[Mastery], *, course: str, learner: str, mastered: float) -> dict[str, Reached]:
    """Keep what is mastered now, and return what was mastered before; one query where nothing is new.

    `mastered` is the mastery from which `found` calls a skill mastered.
    """
    rows = ReachedSkill.objects.filter(learner__pseudonym=learner, course=course)
    held = {
        row.skill: Reached(
            on=timezone.localdate(row.reached), responses=row.responses, correct=row.correct, mastered=row.mastered
        )
        for row in rows
    }
    now = timezone.now()
    new = [
        ReachedSkill(
            learner_id=learner,
            course=course,
            skill=each.skill,
            responses=each.responses,
            correct=each.correct,
            reached=now,
            mastered=mastered,
        )
        for each in found
        if each.status == MASTERED and each.skill not in held
    ]
    if new:
        # Two pages of the same learner may be made at once.
        ReachedSkill.objects.bulk_create(new, ignore_conflicts=True)
    return held


def drop(*, course: str, learner: str) -> None:
    """Forget it: answers that it rested on no longer count."""
    ReachedSkill.objects.filter(learner__pseudonym=learner, course=course).delete()
