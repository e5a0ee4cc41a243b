"""A day of the plan is a few purposes, not a list of all its steps."""

from __future__ import annotations

import datetime
import io

from django.contrib.auth.models import User
from django.utils import timezone

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.tutoring import guidance, states
from metaedu_plugin.tutoring.guidance import Day, Step
from metaedu_plugin.tutoring.plan_days import shown_days
from serving import reasons
from tests.tutoring.events import COURSE, problem


def step(kind: str, reason: str, skill: str, number: int) -> Step:
    return Step(
        kind=kind,
        label=kind.title(),
        reason=reason,
        sentence=f"{reason} of {skill}",
        skill=skill,
        skill_title=skill,
        item=f"{skill}{number}",
        link=None,
        minutes=2,
        exact=2.0,
    )


def test_steps_of_one_purpose_stand_together_in_the_plans_order() -> None:
    steps = [
        step("practise", reasons.WEAK_SKILL, "equal", 1),
        step("practise", reasons.WEAK_SKILL, "equal", 2),
        step("practise", reasons.WEAK_SKILL, "add", 1),
        step("review", reasons.REVIEW_DUE, "whole", 1),
        step("review", reasons.REVIEW_DUE, "half", 1),
        step("practise", reasons.WEAK_SKILL, "equal", 3),
    ]
    day = Day(date=datetime.date(2026, 11, 26), label="Today", minutes=12, steps=steps)
    (shown,) = shown_days([day])
    assert [(each["sentence"], each["minutes"]) for each in shown["purposes"]] == [
        ("weak_skill of equal", 4),
        ("weak_skill of add", 2),
        ("By then it is time to refresh this, so that it stays.", 4),
        ("weak_skill of equal", 2),
    ]
    assert [each["item"] for purpose in shown["purposes"] for each in purpose["steps"]] == [
        each["item"] for each in steps
    ]
    assert (shown["label"], shown["minutes"]) == ("Today", 12)


def test_a_day_takes_no_longer_than_its_minutes(course: str, ana: User) -> None:
    items = "".join(f"{problem(f'add{n}')}#2_1,Adding {n},add,/jump/add{n},1.5\n" for n in range(1, 30))
    curriculum.import_csv(course=COURSE, items=io.StringIO("item,title,skills,url,minutes\n" + items))
    learner = capture.learner_for(user_id=ana.pk)
    states.ensure(course=COURSE, learner=learner)
    until = timezone.localdate() + datetime.timedelta(days=3)
    days = guidance.plan(course=COURSE, learner=learner, until=until, minutes_a_day=20)["days"]
    assert max(len(day["steps"]) for day in days) >= 10, "many steps of a minute and a half"
    assert all(day["minutes"] <= 20 for day in days)
    assert all(sum(each["minutes"] for each in shown["purposes"]) <= 21 for shown in shown_days(days))


def test_parts_of_a_problem_are_one_thing_to_do(course: str, ana: User) -> None:
    parts = "".join(f"{problem('equal1')}#{n}_1,Halves ({n}),equal,/jump/equal1,2\n" for n in (2, 3))
    curriculum.import_csv(course=COURSE, items=io.StringIO("item,title,skills,url,minutes\n" + parts))
    learner = capture.learner_for(user_id=ana.pk)
    states.ensure(course=COURSE, learner=learner)
    plan = guidance.plan(course=COURSE, learner=learner, until=timezone.localdate(), minutes_a_day=60)
    told = [(step["link"]["title"], step["minutes"]) for day in plan["days"] for step in day["steps"] if step["link"]]
    assert ("Halves", 4) in told
    assert not any(title.startswith("Halves (") for title, _ in told)
