"""What learners of either group get: through the real stack, from events to the REST API and the pages."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from metaedu_plugin.capture import api as capture
from metaedu_plugin.experiment import api as experiment
from metaedu_plugin.tutoring import guidance
from serving import reasons
from tests.tutoring.conftest import *  # noqa: F403  its course, its learners, its browser
from tests.tutoring.conftest import Ask
from tests.tutoring.events import COURSE, answered, problem

ITEMS = [problem(f"{skill}{number}") for skill in ("equal", "add") for number in (1, 2, 3)]
MINE = f"/metaedu/learn/{COURSE}/mine"


def begun(user: User, *, group: str) -> experiment.ExperimentInfo:
    """An experiment that has the user in this group."""
    learner = capture.learner_for(user_id=user.pk)
    for _ in range(50):
        found = experiment.begin(course=COURSE, share=0.5, smallest=0.05, by="teacher")
        if found.group(learner) == group:
            return found
        experiment.end(course=COURSE, by="teacher")
    raise AssertionError("chance never gave the learner this group")


def answer(user: User, name: str, *, right: bool = True, attempt: int = 1) -> None:
    capture.receive(event=answered(user=user.pk, name=name, right=right, attempt=attempt))
    capture.drain()


def test_the_course_s_order_to_its_end(ask: Ask, ana: User, course: str) -> None:
    begun(ana, group=experiment.ORDER)
    # Two wrong answers on the first skill: suggestions would stay there, the course goes on.
    for number, name in enumerate(("equal1", "equal2", "equal3", "add1", "add2", "add3")):
        asked = ask(ana, "next").json()
        assert asked["action"]["item"] == ITEMS[number]
        assert (asked["action"]["kind"], asked["reason"]) == ("advance", reasons.COURSE_ORDER)
        assert asked["sentence"] == "This comes next in the course."
        assert asked["source_note"] == ""
        answer(ana, name, right=number % 3 == 2)
        said = ask(ana, "feedback", problem=problem(name)).json()
        assert said["correct"] == (number % 3 == 2)
        assert said["skills"] and said["parts"][0]["sentence"]
        ahead = ITEMS[number + 1] if number < 5 else None
        assert (said["next"]["action"] or {"item": None})["item"] == ahead
    asked = ask(ana, "next").json()
    assert (asked["action"], asked["reason"]) == (None, reasons.ALL_ANSWERED)
    assert "answered every question" in asked["sentence"]


def test_an_item_out_of_turn_is_not_offered_again(ask: Ask, ana: User, course: str) -> None:
    begun(ana, group=experiment.ORDER)
    answer(ana, "equal2")
    assert ask(ana, "next").json()["action"]["item"] == ITEMS[0]
    answer(ana, "equal1")
    assert ask(ana, "next").json()["action"]["item"] == ITEMS[2]


def test_not_now_goes_on_to_the_next(ask: Ask, ana: User, client: Client, course: str) -> None:
    begun(ana, group=experiment.ORDER)
    token = ask(ana, "next").json()["action"]["token"]
    path = f"/metaedu/api/v1/courses/{COURSE}/actions"
    assert client.post(path, {"did": "dismissed", "token": token, "place": "api"}).status_code == 204
    assert ask(ana, "next").json()["action"]["item"] == ITEMS[1]
    answer(ana, "equal2")
    assert ask(ana, "feedback", problem=problem("equal2")).json()["next"]["action"]["item"] == ITEMS[2]


def test_the_plan_is_the_course_s_order_by_minutes(ana: User, course: str) -> None:
    begun(ana, group=experiment.ORDER)
    learner = capture.learner_for(user_id=ana.pk)
    today = datetime.date.today()
    # Three minutes each: two fit into a day of seven, whatever the tutor would have said.
    made = guidance.plan(course=COURSE, learner=learner, until=today + datetime.timedelta(days=1), minutes_a_day=7)
    assert [[step["item"] for step in day["steps"]] for day in made["days"]] == [ITEMS[:2], ITEMS[2:4]]
    assert (made["reason"], made["left_out"]) == (reasons.PLAN_TOO_SHORT, 2)
    long = guidance.plan(course=COURSE, learner=learner, until=today + datetime.timedelta(days=9), minutes_a_day=5)
    assert [step["item"] for day in long["days"] for step in day["steps"]] == ITEMS
    assert long["reason"] == reasons.PLAN_READY


def test_with_suggestions_all_is_as_before(ask: Ask, ana: User, course: str) -> None:
    answer(ana, "equal1", right=False)
    before = ask(ana, "next").json()
    begun(ana, group=experiment.SUGGESTIONS)
    after = ask(ana, "next").json()
    assert after["action"]["item"] == before["action"]["item"]
    assert after["reason"] == before["reason"] != reasons.COURSE_ORDER
    assert after["model"]


def test_it_ends_for_the_learner_with_the_experiment(ask: Ask, ana: User, course: str) -> None:
    begun(ana, group=experiment.ORDER)
    assert ask(ana, "next").json()["reason"] == reasons.COURSE_ORDER
    experiment.end(course=COURSE, by="teacher")
    assert ask(ana, "next").json()["reason"] != reasons.COURSE_ORDER


def page(client: Client, path: str = MINE) -> str:
    said = client.get(path)
    assert said.status_code == 200
    return said.content.decode()


@pytest.fixture
def client(ana: User) -> Client:
    signed_in = Client()
    signed_in.force_login(ana)
    return signed_in


def test_mine_says_so_and_lets_the_learner_leave(client: Client, ask: Ask, ana: User, course: str) -> None:
    assert "This course is finding out what helps" not in page(client)
    begun(ana, group=experiment.ORDER)
    said = page(client)
    assert "You are shown the course&#x27;s own order." in said or "You are shown the course's own order." in said
    # No model made it, so none is named, and nothing of what it used.
    assert "Made by model version" not in said and "What counted here" not in said
    assert client.get(f"/metaedu/learn/{COURSE}/leave").status_code == 405
    left = client.post(f"/metaedu/learn/{COURSE}/leave")
    assert left["Location"] == MINE
    said = page(client)
    assert "This course is finding out what helps" not in said and "Made by model version" in said
    assert ask(ana, "next").json()["reason"] != reasons.COURSE_ORDER


def test_who_switched_suggestions_off_is_told_nothing(client: Client, ana: User, course: str) -> None:
    begun(ana, group=experiment.ORDER)
    client.post(f"/metaedu/learn/{COURSE}/choice", {"way": "off", "back": "mine"})
    assert "This course is finding out what helps" not in page(client)


def test_the_learner_s_page_in_the_browser(open_page: Any, ana: User) -> None:
    begun(ana, group=experiment.ORDER)
    for number, name in enumerate(("equal1", "equal2", "equal3")):
        opened = open_page(f"/metaedu/learn/{COURSE}/")
        opened.get_by_text("This comes next in the course.").first.wait_for()
        link = opened.locator(".me-next a, [data-action] a").first
        assert link.get_attribute("href") == f"/jump/{name}"
        answer(ana, name, right=number == 1)
    assert open_page.complaints == []
