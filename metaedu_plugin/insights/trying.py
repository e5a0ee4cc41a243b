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
from serving.types import CourseMap, Feedback, Next, Plan, Policy, Response

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
    last = engine.observe(tries[-1], course_map=way.course_map, policy=way.policy) if tries else None
    asked: dict[str, Any] = {"course": course, "learner": way.learner, "now": moment, "policy": way.policy}
    following = engine.next(**asked, course_map=way.course_map)
    plan = engine.plan(**asked, course_map=way.course_map, days=DAYS)
    item = then or (following.action.item if following.action and following.action.item else "")
    both = _both(engine, way, item, [*seen, *tries], moment) if item else []
    told: list[Next | Plan] = [following, plan, *(each.next for _, each in both), *([last.next] if last else [])]
    catalogue = tutoring.catalogue_of(course, told)
    until = timezone.localdate() + datetime.timedelta(days=DAYS - 1)
    minutes = round(way.policy.minutes_a_day)
    return Tried(
        said=_said(last, tries[-1], catalogue, [*seen, *tries]) if last else None,
        next=tutoring.next_answer(following, catalogue=catalogue),
        days=tutoring.plan_answer(plan, catalogue=catalogue, until=until, minutes_a_day=minutes)["days"],
        skills=[
            tutoring.standing(each, title=catalogue.skill(each.skill))
            for each in engine.mastery(**asked, skills=catalogue.skills())
        ],
        then=[_said(each, response, catalogue, [*seen, *tries, response]) for response, each in both],
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


def _said(told: Feedback, response: Response, catalogue: tutoring.Catalogue, seen: list[Response]) -> Said:
    headline, sentence = tutoring.verdict(told, catalogue=catalogue, seen=seen)
    following = tutoring.next_answer(told.next, catalogue=catalogue)
    return Said(item=response.item, correct=response.correct, headline=headline, sentence=sentence, next=following)


def _both(engine: Engine, way: _Way, item: str, seen: list[Response], moment: float) -> list[tuple[Response, Feedback]]:
    """One more answer, right and wrong, each on an engine of its own."""
    found = []
    for correct in (True, False):
        (response,) = _responses(way.course, way.learner, [(item, correct)], seen, moment + APART)
        other = registry.trial_again(engine)
        found.append((response, other.observe(response, course_map=way.course_map, policy=way.policy)))
    return found
