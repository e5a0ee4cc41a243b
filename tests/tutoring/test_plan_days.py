"""A day of the plan is a few purposes, not a list of all its steps."""

from __future__ import annotations

import datetime

from metaedu_plugin.tutoring.guidance import Day, Step
from metaedu_plugin.tutoring.plan_days import shown_days
from serving import reasons


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
