"""Which findings an instructor is shown and decides on, as it reaches the platform's log."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from metaedu_plugin import tracking
from metaedu_plugin.insights.board import Board
from tests.insights.classes import simulate
from tests.insights.courses import COURSE, curriculum
from tests.insights.courses import capture as store
from tests.tracking import collecting
from tests.tracking.conftest import Events

FAULTY = "faulty_item:item007"


@pytest.fixture
def page(settings: Any, client: Client) -> Client:
    """Signed in as the teacher of a course with a faulty item."""
    settings.METAEDU_COURSE_STAFF = "tests.insights.conftest.teaches"
    curriculum(items=16)
    store(simulate(items=16, reversed_items=(7,)).answers)
    client.force_login(get_user_model().objects.create_user(COURSE, password="x"))
    return client


def url(name: str) -> str:
    return reverse(f"metaedu_insights:{name}", args=[COURSE])


def test_the_findings_on_top_are_shown_once_a_day(page: Client, events: Events) -> None:
    for _ in range(2):
        assert page.get(url("page")).status_code == 200
    page.get(url("findings"))
    told = events(tracking.INSIGHT_SHOWN)
    top = [one.key for one in Board.of(course=COURSE).open[0]]
    assert sorted(each["finding"] for each in told) == sorted(top)
    faulty = next(each for each in told if each["finding"] == FAULTY)
    assert (faulty["kind"], faulty["reason"], faulty["item"]) == ("item", "faulty_item", "item007")
    assert faulty["source"] == "shipped"
    assert 0 < faulty["certainty"] <= 1


@pytest.mark.parametrize(
    ("decision", "name"), [("accepted", tracking.INSIGHT_ACCEPTED), ("dismissed", tracking.INSIGHT_DISMISSED)]
)
def test_a_decision_is_an_event_without_words_and_names(page: Client, events: Events, decision: str, name: str) -> None:
    body = {"finding": FAULTY, "decision": decision, "reason": "Ben Miller told me so"}
    assert page.post(url("decisions"), body, content_type="application/json").status_code == 200
    (told,) = events(name)
    assert told["finding"] == FAULTY
    assert "Ben Miller" not in json.dumps([{**event, "timestamp": ""} for event in collecting.received])


def test_what_is_taken_back_or_refused_is_no_event(page: Client, events: Events) -> None:
    for body in (
        {"finding": FAULTY, "decision": "open"},
        {"finding": "faulty_item:elsewhere", "decision": "accepted"},
        {"finding": FAULTY, "decision": "dismissed"},
    ):
        page.post(url("decisions"), body, content_type="application/json")
    assert not events(tracking.INSIGHT_ACCEPTED) and not events(tracking.INSIGHT_DISMISSED)
