"""What would happen if: a made-up learner, or a real one without a name, answers, and is told what they would be told.

All of it happens on an engine that is thrown away (`registry.trial`): no state, count, row or event is left of it.
"""

from __future__ import annotations

import datetime
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec
from django.utils import timezone

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.insights.classroom import Classroom
from metaedu_plugin.insights.effects import DAYS, MADE_UP
from metaedu_plugin.registry import api as registry
from metaedu_plugin.tutoring import api as tutoring
from serving.types import CourseMap, Feedback, Policy, Response

if TYPE_CHECKING:
    from serving.engine import Engine

MOST: Final = 40
"""Answers that are tried."""
APART: Final = 60.0
"""Seconds between two of them."""
BEGINNERS: Final = {"strong": 1.5, "average": 0.0, "struggling": -1.5}
"""Logits above the class's average learner."""
FIRST_ANSWERS: Final = 10
"""Items that such a beginner has answered, from the course's beginning on."""
USUAL: Final = 0.65
"""Success at an item that nobody has answered yet."""

Given = tuple[str, bool]
"""Key of an item, and whether the answer is right."""


@dataclass(frozen=True)
class Said:
    """What is said about one answer."""

    item: str
    correct: bool
    headline: str
    sentence: str
    next: tutoring.NextAnswer


@dataclass(frozen=True)
class Tried:
    """What the learner would be told."""

    said: Said | None
    """About the last answer; none before the first."""
    next: tutoring.NextAnswer
    days: list[tutoring.Day]
    """The plan of the first week; days without steps are left out."""
    skills: list[tutoring.Standing]
    then: list[Said]
    """About an answer to one more item: right, then wrong; empty where none was asked about."""


@dataclass(frozen=True)
class _Way:
    course: str
    learner: str
    course_map: CourseMap
    policy: Policy


def try_out(*, course: str, learner: str = "", given: Sequence[Given] = (), then: str = "") -> Tried:
    """Let a learner answer, a real one (by pseudonym) on top of what they have, and look at what they are told.

    `then` is the item to try both ways after that; empty for the one that is suggested. Raises StoreError and
    ModelError as the engine does.
    """
    moment = time.time()
    seen = tutoring.to_responses(capture.responses(course=course, learner=learner)) if learner else []
    engine = registry.trial(course=course, learner=learner)
    tries = _responses(course, learner or MADE_UP, given, seen, moment)
    reviews = tutoring.reviews([*seen, *tries], now=moment, days=DAYS)
    way = _Way(
        course=course,
        learner=learner or MADE_UP,
        course_map=tutoring.left_for(curriculum.course_map(course=course), course=course, learner=learner),
        policy=msgspec.structs.replace(curriculum.policy(course=course), reviews=reviews),
    )
    engine.observe_many([*seen, *tries[:-1]])
    told = engine.observe(tries[-1], course_map=way.course_map, policy=way.policy) if tries else None
    asked: dict[str, Any] = {"course": course, "learner": way.learner, "now": moment}
    following = engine.next(**asked, course_map=way.course_map, policy=way.policy)
    plan = engine.plan(**asked, course_map=way.course_map, policy=way.policy, days=DAYS)
    skills = curriculum.skills(course=course)
    item = then or (following.action.item if following.action and following.action.item else "")
    return Tried(
        said=_said(told, tries[-1], way, [*seen, *tries]) if told else None,
        next=tutoring.next_answer(following, course=course),
        days=tutoring.plan_answer(
            plan,
            course=course,
            until=timezone.localdate() + datetime.timedelta(days=DAYS - 1),
            minutes_a_day=round(way.policy.minutes_a_day),
        )["days"],
        skills=[
            tutoring.standing(each, title=skills[each.skill].title)
            for each in engine.mastery(**asked, skills=list(skills), policy=way.policy)
        ],
        then=_both(engine, way, item, [*seen, *tries], moment) if item else [],
    )


def beginner(room: Classroom, *, ability: float) -> list[Given]:
    """The first answers of somebody of that ability (logits above the average): right where it is likely."""
    found = []
    for each in curriculum.course_map(course=room.course).candidates[:FIRST_ANSWERS]:
        known = room.item.get(each.item)
        success = known.success.value if known and not math.isnan(known.success.value) else USUAL
        success = min(max(success, 0.02), 0.98)
        found.append((each.item, math.log(success / (1 - success)) + ability >= 0))
    return found


def _responses(
    course: str, learner: str, given: Sequence[Given], seen: Sequence[Response], moment: float
) -> list[Response]:
    tags = curriculum.skills_of(course=course, items=[item for item, _ in given])
    tries: dict[str, int] = {}
    for each in seen:
        tries[each.item] = tries.get(each.item, 0) + 1
    made = []
    for number, (item, correct) in enumerate(given):
        tries[item] = tries.get(item, 0) + 1
        made.append(
            Response(
                id=f"tried {len(seen)} {number}",
                course=course,
                learner=learner,
                item=item,
                skills=tags[item],
                correct=correct,
                score=float(correct),
                attempt=tries[item],
                time=moment - APART * (len(given) - 1 - number),
            )
        )
    return made


def _said(told: Feedback, response: Response, way: _Way, seen: list[Response]) -> Said:
    headline, sentence = tutoring.verdict(told, course=way.course, seen=seen)
    following = tutoring.next_answer(told.next, course=way.course)
    return Said(item=response.item, correct=response.correct, headline=headline, sentence=sentence, next=following)


def _both(engine: Engine, way: _Way, item: str, seen: list[Response], moment: float) -> list[Said]:
    found = []
    for correct in (True, False):
        (response,) = _responses(way.course, way.learner, [(item, correct)], seen, moment + APART)
        other = registry.trial_again(engine)
        told = other.observe(response, course_map=way.course_map, policy=way.policy)
        found.append(_said(told, response, way, [*seen, response]))
    return found
