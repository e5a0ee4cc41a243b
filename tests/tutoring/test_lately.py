"""After an answer: the last few, a hint first after a wrong one, and when to come back after a right one."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from django.contrib.auth.models import User

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.tutoring.lately import Lately
from tests.tutoring.conftest import Ask, Open
from tests.tutoring.events import COURSE, answered, problem
from tests.tutoring.test_browser import ANSWERED, ready
from tests.tutoring.test_map import answers

HINT = "There is a hint at this question: have a look at it before your next try."


@pytest.fixture
def hinted(course: str) -> None:
    """`add1` offers two hints."""
    curriculum.import_csv(
        course=COURSE, items=io.StringIO(f"item,title,skills,url,hints\n{problem('add1')},One,add,/jump/add1,2\n")
    )


def said(ask: Ask, user: User, name: str) -> Any:
    return ask(user, "feedback", problem=problem(name)).json()


def test_the_last_few_are_counted_not_all(course: str, ana: User, ask: Ask) -> None:
    for number, right in enumerate([True, *[False] * 6, True, False, False, False]):
        capture.receive(event=answered(user=ana.pk, name=f"add{number % 3 + 1}", attempt=number + 1, right=right))
    told = said(ask, ana, "add2")
    assert told["parts"][0]["reason"] == "wrong_as_expected"
    assert told["sentence"].startswith("You got 1 of your last 5 answers on “Adding fractions” right.")


def test_as_long_as_there_are_but_few_all_are_counted(course: str, ana: User) -> None:
    answers(ana, "add", 5)
    learner = capture.learner_for(user_id=ana.pk)
    capture.drain()
    assert Lately(course=COURSE, learner=learner).last("add") is None
    capture.receive(event=answered(user=ana.pk, name="add1", attempt=9))
    capture.drain()
    assert Lately(course=COURSE, learner=learner).last("add") == (5, 5)
    assert Lately(course=COURSE, learner=learner).last("equal") is None


def test_a_hint_not_yet_taken_is_offered_after_a_wrong_answer(hinted: None, ana: User, ask: Ask) -> None:
    capture.receive(event=answered(user=ana.pk, name="add1", right=False))
    told = said(ask, ana, "add1")
    assert told["hint"] == HINT
    assert told["headline"].endswith("Here is what helps.")


def test_no_hint_after_a_right_answer_nor_where_there_is_none(hinted: None, ana: User, ask: Ask) -> None:
    capture.receive(event=answered(user=ana.pk, name="add1"))
    capture.receive(event=answered(user=ana.pk, name="add2", right=False))
    assert said(ask, ana, "add1")["hint"] == ""
    assert said(ask, ana, "add2")["hint"] == ""


def test_what_is_got_says_when_to_come_back(course: str, ana: User, ask: Ask) -> None:
    answers(ana, "equal", 12)
    told = said(ask, ana, "equal3")
    assert re.fullmatch(
        r"Come back to “Equal fractions” in \d+ days?: that is when refreshing it helps most\.", told["later"]
    )
    capture.receive(event=answered(user=ana.pk, name="equal3", attempt=13, right=False))
    assert said(ask, ana, "equal3")["later"] == ""


def test_the_page_offers_the_hint_before_it_says_anything_else(hinted: None, open_page: Open, ana: User) -> None:
    page = open_page("/problem", width=320)
    ready(page)
    page.evaluate(ANSWERED)
    capture.receive(event=answered(user=ana.pk, name="add1", right=False))
    page.wait_for_selector(".me-feedback-head")
    lines = page.locator(".me-feedback").inner_text().splitlines()
    assert lines.index(HINT) < min(number for number, line in enumerate(lines) if "first answer" in line)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert open_page.complaints == []  # type: ignore[attr-defined]
