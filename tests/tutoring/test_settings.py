"""What a course has set holds for what its learners are told, and takes nothing from them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from django.contrib.auth.models import User

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.registry import api as registry
from metaedu_plugin.tutoring import guidance, others, states
from metaedu_plugin.tutoring.models import LatestFeedback
from tests.tutoring.events import COURSE, answered, problem
from tests.tutoring.test_map import answers


def change(**fields: Any) -> None:
    wanted = msgspec.structs.replace(curriculum.settings(course=COURSE), **fields)
    curriculum.change_settings(course=COURSE, wanted=wanted, by="teacher")


def stands(user: User) -> Any:
    learner = capture.learner_for(user_id=user.pk)
    states.ensure(course=COURSE, learner=learner)
    return guidance.mastery(course=COURSE, learner=learner)["skills"][0]


def test_the_pace_is_the_course_s_until_a_learner_chooses_one(course: str, ana: User, ask: Any) -> None:
    assert ask(ana, "plan").json()["minutes_a_day"] == 20
    change(minutes_a_day=35)
    assert ask(ana, "plan").json()["minutes_a_day"] == 35
    assert ask(ana, "plan", minutes_a_day=10).json()["minutes_a_day"] == 10


def test_a_higher_threshold_takes_nothing_but_brings_practice_back(course: str, ana: User, ask: Any) -> None:
    change(mastered=0.6)
    for number in range(12):  # a third question is left, so that there is something to practise
        capture.receive(event=answered(user=ana.pk, name=f"equal{number % 2 + 1}", attempt=number // 2 + 1))
    first = stands(ana)
    assert first["status"] == "mastered" and first["range"]["mean"] < 95
    assert ask(ana, "next").json()["action"]["skill"] != "equal"
    change(mastered=0.95)
    learner = capture.learner_for(user_id=ana.pk)
    asked = {"course": COURSE, "learner": learner, "skills": ["equal"], "now": -1.0}
    (told,) = registry.tutor().mastery(**asked, policy=curriculum.policy(course=COURSE))
    assert told.status == "learning"
    assert stands(ana)["label"] == first["label"] == "Got it"
    steps = [step["skill"] for day in ask(ana, "plan").json()["days"] for step in day["steps"]]
    assert "equal" in steps


def test_a_lower_threshold_holds_from_the_next_look_and_the_next_answer_on(course: str, ana: User) -> None:
    for number in range(8):
        given = {"name": f"equal{number % 3 + 1}", "attempt": number // 3 + 1, "right": number != 1}
        capture.receive(event=answered(user=ana.pk, **given))
    before = stands(ana)
    assert before["status"] == "learning" and 60 <= before["range"]["mean"] < 85, before
    change(mastered=0.6)
    assert stands(ana)["status"] == "mastered"
    capture.receive(event=answered(user=ana.pk, name="equal1", attempt=9))
    capture.drain()
    kept = LatestFeedback.objects.order_by("-answered").first()
    assert kept and kept.payload["after"][0]["status"] == "mastered"


def test_items_that_are_left_out_are_not_suggested_to_anybody(course: str, ana: User, ask: Any) -> None:
    item = ask(ana, "next").json()["action"]["item"]
    change(left_out=(item,))
    again = ask(ana, "next").json()["action"]
    assert again and again["item"] != item
    change(left_out=tuple(problem(f"{skill}{n}") for skill in ("equal", "add") for n in (1, 2, 3)))
    assert ask(ana, "next").json()["reason"] == "no_candidates"


@pytest.fixture
def classmates(course: str) -> list[User]:
    """Ten others, half of whom get it right."""
    found = [User.objects.create_user(f"mate{number}") for number in range(10)]
    for number, user in enumerate(found):
        for name in ("equal1", "equal2"):
            capture.receive(event=answered(user=user.pk, name=name, right=number % 2 == 0))
    capture.drain()
    return found


def test_the_average_of_others_is_told_only_where_the_course_wants_it(
    ana: User, classmates: list[User], ask: Any
) -> None:
    answers(ana, "equal", 5)
    assert stands(ana)["average"] is None
    change(compare=True)
    told = ask(ana, "mastery").json()["skills"]
    assert 20 < told[0]["average"] < 90
    assert told[0]["average_text"] == f"Average of others in this course: {told[0]['average']} of 100."
    assert told[1]["average"] is None, "nobody has answered on the other skill"
    means = []
    for user in classmates:
        learner = capture.learner_for(user_id=user.pk)
        (one,) = registry.tutor().mastery(course=COURSE, learner=learner, skills=["equal"], now=-1.0)
        means.append(one.mean)
    assert abs(told[0]["average"] - 100 * sum(means) / len(means)) < 2, "the learner's own is not in it"


def test_of_nine_others_nothing_is_told(ana: User, classmates: list[User]) -> None:
    answers(ana, "equal", 5)
    change(compare=True)
    assert stands(ana)["average"] is not None
    capture.forget(user_id=classmates[0].pk)
    assert others.FEWEST == 10 and stands(ana)["average"] is None
