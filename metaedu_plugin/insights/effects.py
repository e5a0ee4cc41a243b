"""What other settings of a course would change: for some of its learners, for a made-up one, and in figures."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import msgspec
from django.utils import timezone
from django.utils.translation import gettext as _

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.curriculum.api import SettingsInfo
from metaedu_plugin.insights.anonymous import sample
from metaedu_plugin.insights.classroom import Classroom
from metaedu_plugin.registry import api as registry
from metaedu_plugin.tutoring import api as tutoring
from serving.types import CourseMap, Mastery, Next, Plan, Policy, Response
from serving.view import ENOUGH

SHOWN: Final = 3
"""Learners who are shown; of the others it is counted whether something changes."""
DAYS: Final = 7
FIRST_DAYS: Final = 3
MADE_UP: Final = "made-up"
"""In the place of a pseudonym, which has 32 letters: nobody's."""


@dataclass(frozen=True)
class Suggested:
    """What a learner is told with some settings."""

    next: tutoring.NextAnswer
    days: list[tutoring.Day]
    """The first of a week's plan."""


@dataclass(frozen=True)
class Compared:
    """One learner, as it is and as it would be."""

    title: str
    now: Suggested
    then: Suggested
    changes: bool
    """Whether the next action does."""


@dataclass(frozen=True)
class Effects:
    """All that a preview says."""

    shown: list[Compared]
    looked_at: int
    """Learners of whom the next action was worked out both ways."""
    changed: int
    judged: int
    """Learners whose masteries were judged both ways."""
    gained: int
    """Skills, counted for each learner, that would newly count as mastered."""
    lost: int
    compared: int
    """Skills on which enough others have answered for their average to be shown."""
    learners: int


@dataclass(frozen=True)
class _Side:
    """One of the two ways."""

    policy: Policy
    course_map: CourseMap


class _Asked:
    """One learner, both ways."""

    def __init__(
        self,
        *,
        course: str,
        learner: str,
        title: str,
        seen: Sequence[Response],
        sides: Sequence[_Side],
        moment: float,
    ) -> None:
        self.title = title
        reviews = tutoring.reviews(seen, now=moment, days=DAYS)
        self._asked: list[dict[str, Any]] = [
            {
                "course": course,
                "learner": learner,
                "course_map": tutoring.left_for(side.course_map, course=course, learner=learner),
                "now": moment,
                "policy": msgspec.structs.replace(side.policy, reviews=reviews),
            }
            for side in sides
        ]
        self.next = [registry.tutor().next(**asked) for asked in self._asked]
        self.changes = _subject(self.next[0]) != _subject(self.next[1])

    @cached_property
    def plans(self) -> list[Plan]:
        """The first days of a week's plan, both ways."""
        found = [registry.tutor().plan(**asked, days=DAYS) for asked in self._asked]
        return [
            msgspec.structs.replace(plan, steps=tuple(step for step in plan.steps if step.day < FIRST_DAYS))
            for plan in found
        ]

    def compared(self, catalogue: tutoring.Catalogue) -> Compared:
        """In words."""
        until = timezone.localdate() + datetime.timedelta(days=DAYS - 1)
        now, then = (
            Suggested(
                next=tutoring.next_answer(told, catalogue=catalogue),
                days=tutoring.plan_answer(
                    plan, catalogue=catalogue, until=until, minutes_a_day=round(asked["policy"].minutes_a_day)
                )["days"],
            )
            for told, plan, asked in zip(self.next, self.plans, self._asked, strict=True)
        )
        return Compared(title=self.title, now=now, then=then, changes=self.changes)


def effects(*, course: str, room: Classroom | None, before: SettingsInfo, after: SettingsInfo) -> Effects:
    """Compare two settings; without a room, which is still being read, for a made-up learner alone.

    Reads only: no learner's state is brought up to date, and nothing is kept.
    """
    here = curriculum.course_map(course=course)
    same = set(before.left_out) == set(after.left_out)
    there = here if same else curriculum.trial_map(course=course, left_out=after.left_out)
    sides = [_Side(curriculum.policy_of(before), here), _Side(curriculum.policy_of(after), there)]
    moment = time.time()
    some = sample(room) if room else []
    seen = _seen(course, [one.learner for one in some])
    alike: dict[str, Any] = {"course": course, "sides": sides, "moment": moment}
    asked = [_Asked(learner=one.learner, title=one.title, seen=seen[one.learner], **alike) for one in some]
    # Those for whom something changes tell more than those for whom nothing does.
    shown = sorted(asked, key=lambda one: not one.changes)[:SHOWN]
    shown.append(_Asked(learner=MADE_UP, title=_("A made-up learner who has not answered yet"), seen=[], **alike))
    told: list[Next | Plan] = []
    for one in shown:
        told += [*one.next, *one.plans]
    catalogue = tutoring.catalogue_of(course, told)
    gained, lost = _mastered(room.mastery.rows.values(), before, after) if room else (0, 0)
    return Effects(
        shown=[one.compared(catalogue) for one in shown],
        looked_at=len(asked),
        changed=sum(one.changes for one in asked),
        judged=len(room.mastery.rows) if room else 0,
        gained=gained,
        lost=lost,
        compared=_with_others(room) if room else 0,
        learners=len(room.learners) if room else 0,
    )


def _seen(course: str, learners: Sequence[str]) -> dict[str, list[Response]]:
    """What each has answered, in the order of the times; tags are looked up once for all."""
    found: dict[str, list[Response]] = {learner: [] for learner in learners}
    rows = capture.responses_of(course=course, learners=learners)
    for each in tutoring.to_responses(row for its in rows.values() for row in its):
        found[each.learner].append(each)
    return found


def _subject(told: Next) -> tuple[str, ...]:
    return (told.action.kind, told.action.item or "", told.action.skill or "") if told.action else (told.reason,)


def _mastered(rows: Iterable[tuple[Mastery, ...]], before: SettingsInfo, after: SettingsInfo) -> tuple[int, int]:
    means = [one.mean for row in rows for one in row if one.responses >= ENOUGH]
    low, high = sorted((before.mastered, after.mastered))
    between = sum(low <= mean < high for mean in means)
    return (between, 0) if after.mastered < before.mastered else (0, between)


def _with_others(room: Classroom) -> int:
    """Skills that more learners have answered on than there must be others."""
    answered = [sum(one.responses > 0 for one in column) for column in zip(*room.mastery.rows.values(), strict=True)]
    return sum(number > tutoring.FEWEST_OTHERS for number in answered)
