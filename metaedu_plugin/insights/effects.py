"""What other settings of a course would change: for some of its learners, for a made-up one, and in figures."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

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
from serving.types import CourseMap, Mastery, Next, Policy
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


@dataclass(frozen=True)
class _Asked:
    """One learner, both ways."""

    title: str
    learner: str
    reviews: dict[str, tuple[float, ...]]
    now: Next
    then: Next

    @property
    def changes(self) -> bool:
        return _subject(self.now) != _subject(self.then)


def effects(*, course: str, room: Classroom | None, before: SettingsInfo, after: SettingsInfo) -> Effects:
    """Compare two settings; without a room, which is still being read, for a made-up learner alone.

    Reads only: no learner's state is brought up to date, and nothing is kept.
    """
    here = curriculum.course_map(course=course)
    same = set(before.left_out) == set(after.left_out)
    there = here if same else curriculum.trial_map(course=course, left_out=after.left_out)
    sides = _Side(curriculum.policy_of(before), here), _Side(curriculum.policy_of(after), there)
    moment = time.time()
    asked = [_ask(course, one.learner, one.title, sides, moment) for one in (sample(room) if room else ())]
    # Those for whom something changes tell more than those for whom nothing does.
    shown = sorted(asked, key=lambda one: not one.changes)[:SHOWN]
    shown.append(_ask(course, MADE_UP, _("A made-up learner who has not answered yet"), sides, moment))
    gained, lost = _mastered(room.mastery.rows.values(), before, after) if room else (0, 0)
    return Effects(
        shown=[_compare(course, one, sides, moment) for one in shown],
        looked_at=len(asked),
        changed=sum(one.changes for one in asked),
        judged=len(room.mastery.rows) if room else 0,
        gained=gained,
        lost=lost,
        compared=_with_others(room) if room else 0,
        learners=len(room.learners) if room else 0,
    )


def _subject(told: Next) -> tuple[str, ...]:
    return (told.action.kind, told.action.item or "", told.action.skill or "") if told.action else (told.reason,)


def _ask(course: str, learner: str, title: str, sides: tuple[_Side, _Side], moment: float) -> _Asked:
    real = learner != MADE_UP
    seen = tutoring.to_responses(capture.responses(course=course, learner=learner)) if real else []
    reviews = tutoring.reviews(seen, now=moment, days=DAYS)
    now, then = (
        registry.tutor().next(
            course=course,
            learner=learner,
            course_map=tutoring.left_for(side.course_map, course=course, learner=learner),
            now=moment,
            policy=msgspec.structs.replace(side.policy, reviews=reviews),
        )
        for side in sides
    )
    return _Asked(title=title, learner=learner, reviews=reviews, now=now, then=then)


def _compare(course: str, asked: _Asked, sides: tuple[_Side, _Side], moment: float) -> Compared:
    now, then = (
        Suggested(
            next=tutoring.next_answer(told, course=course),
            days=_days(course, asked, side, moment),
        )
        for told, side in zip((asked.now, asked.then), sides, strict=True)
    )
    return Compared(title=asked.title, now=now, then=then, changes=asked.changes)


def _days(course: str, asked: _Asked, side: _Side, moment: float) -> list[tutoring.Day]:
    made = registry.tutor().plan(
        course=course,
        learner=asked.learner,
        course_map=tutoring.left_for(side.course_map, course=course, learner=asked.learner),
        now=moment,
        days=DAYS,
        policy=msgspec.structs.replace(side.policy, reviews=asked.reviews),
    )
    until = timezone.localdate() + datetime.timedelta(days=DAYS - 1)
    minutes = round(side.policy.minutes_a_day)
    return tutoring.plan_answer(made, course=course, until=until, minutes_a_day=minutes)["days"][:FIRST_DAYS]


def _mastered(rows: Iterable[tuple[Mastery, ...]], before: SettingsInfo, after: SettingsInfo) -> tuple[int, int]:
    means = [one.mean for row in rows for one in row if one.responses >= ENOUGH]
    low, high = sorted((before.mastered, after.mastered))
    between = sum(low <= mean < high for mean in means)
    return (between, 0) if after.mastered < before.mastered else (0, between)


def _with_others(room: Classroom) -> int:
    """Skills that more learners have answered on than there must be others."""
    answered = [sum(one.responses > 0 for one in column) for column in zip(*room.mastery.rows.values(), strict=True)]
    return sum(number > tutoring.FEWEST_OTHERS for number in answered)
