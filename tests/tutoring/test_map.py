"""My map, on the server and in a real browser."""

from __future__ import annotations

import datetime
import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.tutoring import states
from metaedu_plugin.tutoring.skill_map import skill_map
from tests.tutoring.conftest import WCAG, Open
from tests.tutoring.events import COURSE, answered


def answers(user: User, skill: str, count: int, *, right: bool = True) -> None:
    begun = timezone.now() - datetime.timedelta(minutes=count)
    for number in range(count):
        capture.receive(
            event=answered(
                user=user.pk,
                name=f"{skill}{number % 3 + 1}",
                attempt=number + 1,
                right=right,
                time=begun + datetime.timedelta(minutes=number),
            )
        )


def found(user: User) -> Any:
    learner = capture.learner_for(user_id=user.pk)
    states.ensure(course=COURSE, learner=learner)
    return skill_map(course=COURSE, learner=learner)


def page(user: User, **headers: str) -> str:
    client = Client()
    client.force_login(user)
    answer = client.get(f"/metaedu/learn/{COURSE}/map", headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_is_not_ready_says_what_comes_first(course: str, ana: User) -> None:
    equal, add = found(ana)["places"]
    assert (equal["state"], add["state"]) == ("open", "later")
    assert add["missing"] == ["Equal fractions"]
    assert (equal["is_next"], add["is_next"]) == (True, False)
    assert found(ana)["following"] == "Open to you now: “Equal fractions”."


def test_what_is_got_opens_what_builds_on_it(course: str, ana: User) -> None:
    answers(ana, "equal", 30)
    equal, add = found(ana)["places"]
    assert (equal["state"], add["state"]) == ("got", "open")
    assert add["missing"] == []


def test_what_is_suggested_is_open_though_something_comes_before_it(course: str, ana: User) -> None:
    answers(ana, "equal", 3)
    equal, add = found(ana)["places"]
    assert (equal["state"], add["state"]) == ("begun", "open")
    assert (add["is_next"], add["label"], add["missing"]) == (True, "Open to you", ["Equal fractions"])
    assert "Comes later" not in page(ana)


def test_it_leads_to_the_first_question_not_yet_right(course: str, ana: User) -> None:
    answers(ana, "equal", 1)
    equal, _ = found(ana)["places"]
    assert equal["state"] == "begun"
    assert equal["practise"]["url"] == "/jump/equal2"
    assert equal["read"]["url"] == "/courses/read-equal"


def test_another_learners_answers_are_not_on_it(course: str, ana: User, ben: User) -> None:
    answers(ben, "equal", 30)
    assert [place["state"] for place in found(ana)["places"]] == ["open", "later"]


@pytest.mark.parametrize("count", [0, 1, 1000])
def test_the_page_for_any_number_of_answers(course: str, ana: User, count: int) -> None:
    answers(ana, "equal", count)
    said = page(ana)
    assert said.count("me-map-bar") == (2 if count else 0)
    assert ("Nothing here yet. Your first answer starts the picture." in said) == (count == 0)
    assert said.count('<tr id="skill-') == 2
    assert not re.search(r"<style|\sstyle=|<script|\son[a-z]+=", said)


def test_a_course_without_skills_says_so(course: str, ana: User) -> None:
    curriculum.save_course(key="bare", title="Bare")
    curriculum.set_enabled(course="bare", enabled=True)
    client = Client()
    client.force_login(ana)
    said = client.get("/metaedu/learn/bare/map").content.decode()
    assert "This course has no skills yet, so there is nothing to show." in said
    assert "<svg" not in said


def test_it_is_closed_where_the_plan_is(course: str, ana: User) -> None:
    curriculum.set_enabled(course=COURSE, enabled=False)
    assert "Suggestions are not switched on" in page(ana)


@pytest.mark.parametrize("width", [320, 1280])
def test_it_fits_the_screen_and_everyone_can_use_it(open_page: Open, ana: User, width: int) -> None:
    answers(ana, "equal", 4)
    opened = open_page(f"/metaedu/learn/{COURSE}/", width=width)
    opened.get_by_role("link", name="My map").click()
    opened.wait_for_url("**/map")
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.locator(".me-map:visible").count() == 1
    report = Axe().run(opened, options=WCAG)
    assert report.violations_count == 0, report.generate_report()
    skill = opened.get_by_role("link", name=re.compile("^Adding fractions: Open to you, Next"))
    skill.focus()
    opened.keyboard.press("Enter")
    opened.wait_for_url("**#skill-2")
    assert open_page.complaints == []  # type: ignore[attr-defined]


def test_it_holds_from_right_to_left(open_page: Open, ana: User) -> None:
    answers(ana, "equal", 4)
    opened = open_page(f"/metaedu/learn/{COURSE}/map", width=320)
    opened.evaluate("document.documentElement.dir = 'rtl'")
    assert opened.evaluate("document.documentElement.scrollWidth") <= 320
    box = opened.locator(".me-map-narrow .me-map-box").first.bounding_box()
    bar = opened.locator(".me-map-narrow .me-map-bar").first.bounding_box()
    assert box["x"] <= bar["x"] and bar["x"] + bar["width"] <= box["x"] + box["width"]
