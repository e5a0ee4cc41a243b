"""What a learner asks for: the next thing, a plan, and where they stand.

Callers see to it that the learner's state is up to date: `states.ensure`.
"""

from __future__ import annotations

import datetime
import re
import time
from collections.abc import Iterable
from itertools import groupby
from typing import Final, TypedDict

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.registry import api as registry
from metaedu_plugin.tutoring import course_order, dismissed, others, progress, sentences
from metaedu_plugin.tutoring.actions import NextAnswer, items_of, next_answer
from metaedu_plugin.tutoring.catalogue import Catalogue, Link
from metaedu_plugin.tutoring.policies import policy_for
from metaedu_plugin.tutoring.standing import GOT, Standing, standing
from serving.types import Plan, PlanStep

DEFAULT_DAYS: Final = 14
MOST_DAYS: Final = 365
_PART: Final = re.compile(r" \([\d_]+\)$")
"""What the titles of a problem's parts end in."""
LEAST_MINUTES, MOST_MINUTES = map(int, curriculum.LIMITS["minutes_a_day"])


class Step(TypedDict):
    """One thing to do."""

    kind: str
    label: str
    reason: str
    sentence: str
    skill: str | None
    skill_title: str
    item: str | None
    link: Link | None
    minutes: int
    exact: float
    """Minutes as planned: several steps are added up before they are rounded."""


class Day(TypedDict):
    """The steps of one day."""

    date: datetime.date
    label: str
    minutes: int
    steps: list[Step]


class PlanAnswer(TypedDict):
    """A plan, day by day; days without steps are left out."""

    until: datetime.date
    minutes_a_day: int
    days: list[Day]
    left_out: int
    reason: str
    sentence: str
    model: str
    source: str
    source_note: str


class MasteryAnswer(TypedDict):
    """Where a learner stands on each skill of the course, in its order."""

    skills: list[Standing]
    summary: str
    compared: bool
    """Whether the course's average stands beside any of them."""
    model: str
    source: str
    source_note: str


def next_action(*, course: str, learner: str) -> NextAnswer:
    """The one next thing worth doing, or none with the reason."""
    now = time.time()
    following = course_order.next_for(course=course, learner=learner) or registry.tutor().next(
        course=course,
        learner=learner,
        course_map=dismissed.course_map(course=course, learner=learner),
        now=now,
        policy=policy_for(course=course, learner=learner, now=now),
    )
    return next_answer(following, catalogue=Catalogue(course, items_of(following)))


def default_until(*, course: curriculum.CourseInfo) -> datetime.date:
    """The course's end, or two weeks from today where it has none ahead."""
    today = timezone.localdate()
    latest = today + datetime.timedelta(days=MOST_DAYS)
    if course.ends and course.ends >= today:
        return min(course.ends, latest)
    return today + datetime.timedelta(days=DEFAULT_DAYS)


def default_minutes(*, course: str) -> int:
    """Minutes a day of a learner who has chosen none, as the course has it set."""
    return round(curriculum.policy(course=course).minutes_a_day)


def plan(*, course: str, learner: str, until: datetime.date, minutes_a_day: int) -> PlanAnswer:
    """What to do up to and including a date. Takes dates from today and minutes within the limits above."""
    today, now = timezone.localdate(), time.time()
    ahead = (until - today).days + 1
    in_order = course_order.plan_for(course=course, learner=learner, days=ahead, minutes_a_day=float(minutes_a_day))
    made = in_order or registry.tutor().plan(
        course=course,
        learner=learner,
        course_map=dismissed.course_map(course=course, learner=learner),
        now=now,
        days=ahead,
        policy=policy_for(course=course, learner=learner, now=now, days=ahead, minutes_a_day=float(minutes_a_day)),
    )
    catalogue = Catalogue(course, [step.item for step in made.steps])
    return plan_answer(made, catalogue=catalogue, until=until, minutes_a_day=minutes_a_day)


def plan_answer(made: Plan, *, catalogue: Catalogue, until: datetime.date, minutes_a_day: int) -> PlanAnswer:
    """A plan from today on as a person reads it."""
    today = timezone.localdate()
    days = []
    for number, group in groupby(sorted(made.steps, key=lambda step: step.day), key=lambda step: step.day):
        steps = _merged([_step(step, catalogue=catalogue) for step in group])
        date = today + datetime.timedelta(days=number)
        days.append(Day(date=date, label=_day(date, number), minutes=minutes_of(steps), steps=steps))
    return PlanAnswer(
        until=until,
        minutes_a_day=minutes_a_day,
        days=days,
        left_out=made.left_out,
        reason=made.reason,
        sentence=sentences.say(sentences.PLAN, made.reason, {"left_out": made.left_out or None}),
        model=made.model,
        source=made.source,
        source_note=sentences.source(made.source),
    )


def minutes_of(steps: Iterable[Step]) -> int:
    """What these take together, in whole minutes."""
    return max(1, round(sum(step["exact"] for step in steps)))


def mastery(*, course: str, learner: str) -> MasteryAnswer:
    """Where the learner stands on each skill that the course has."""
    catalogue = Catalogue(course)
    tutor = registry.tutor()
    now = time.time()
    policy = curriculum.policy(course=course)
    found = tutor.mastery(course=course, learner=learner, skills=catalogue.skills(), now=now, policy=policy)
    held = progress.hold(found, course=course, learner=learner, mastered=policy.mastered)
    asked = tutor.next(course=course, learner=learner, course_map=curriculum.course_map(course=course), now=now)
    average = others.averages(course=course, learner=learner, skills=catalogue.skills(), now=now, model=asked.model)
    standings = [
        standing(
            each,
            title=catalogue.skill(each.skill),
            reached=held.get(each.skill),
            average=average.get(each.skill),
        )
        for each in found
    ]
    return MasteryAnswer(
        skills=standings,
        summary=_summary(standings),
        compared=bool(average),
        model=asked.model,
        source=asked.source,
        source_note=sentences.source(asked.source),
    )


def _merged(steps: list[Step]) -> list[Step]:
    """Parts of one problem are one thing to do on a day."""
    kept: dict[tuple[str, str], Step] = {}
    for number, step in enumerate(steps):
        link = step["link"]
        same = kept.setdefault((step["kind"], link["url"] if link else str(number)), step)
        if same is not step and link and same["link"]:
            same["exact"] += step["exact"]
            same["minutes"] = minutes_of([same])
            if same["link"]["title"] != link["title"]:
                same["link"] = Link(**{**same["link"], "title": _PART.sub("", same["link"]["title"])})
    return list(kept.values())


def _day(date: datetime.date, ahead: int) -> str:
    if ahead <= 1:
        return gettext("Tomorrow") if ahead else gettext("Today")
    return f"{date_format(date, 'l')}, {date_format(date, 'MONTH_DAY_FORMAT')}"


def _summary(standings: list[Standing]) -> str:
    if not standings:
        return gettext("This course has no skills yet, so there is nothing to show.")
    got = sum(each["status"] in GOT for each in standings)
    tried = sum(each["responses"] > 0 for each in standings)
    if not tried:
        return gettext("Nothing here yet. Your first answer starts the picture.")
    said = ngettext(
        "You have tried %(tried)s of %(all)s skill so far.",
        "You have tried %(tried)s of %(all)s skills so far.",
        len(standings),
    ) % {"tried": tried, "all": len(standings)}
    if not got:
        return said
    hang = gettext("You have got the hang of %(got)s of them.") % {"got": got}
    return f"{said} {hang}"


def _step(step: PlanStep, *, catalogue: Catalogue) -> Step:
    title = catalogue.skill(step.skill)
    return Step(
        kind=step.kind,
        label=sentences.kind(step.kind),
        reason=step.reason,
        sentence=sentences.say(sentences.STEP, step.reason, {"skill": title}),
        skill=step.skill,
        skill_title=title,
        item=step.item,
        link=catalogue.link(kind=step.kind, item=step.item, skill=step.skill),
        minutes=max(1, round(step.minutes)),
        exact=step.minutes,
    )
