"""What metaedu emits becomes valid statements: through the real event-routing-backends, into a record store."""

from __future__ import annotations

import re
import uuid
from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from metaedu_plugin import tracking
from metaedu_plugin.capture import api as capture
from metaedu_plugin.xapi import words
from tests.insights.classes import simulate
from tests.insights.courses import COURSE as TAUGHT
from tests.insights.courses import capture as store
from tests.insights.courses import curriculum
from tests.tracking import collecting
from tests.tracking.conftest import Events
from tests.tutoring.conftest import Ask
from tests.tutoring.events import COURSE, answered, problem
from tests.xapi.process import statements_of
from tests.xapi.standins import external_id

IRI = re.compile(r"^[a-z][a-z0-9+.-]*://[^\s<>\"{}|\\^`]+$")
LMS = "https://learn.example.org"
# Of aspects-dbt: verbs that its reports count.
COUNTED = {
    f"http://adlnet.gov/expapi/verbs/{verb}"
    for verb in ("asked", "completed", "failed", "initialized", "passed", "registered", "terminated")
} | {
    "http://id.tincanapi.com/verb/earned",
    "http://id.tincanapi.com/verb/unregistered",
    "https://w3id.org/xapi/acrossx/verbs/evaluated",
    "https://w3id.org/xapi/dod-isd/verbs/navigated",
    "https://w3id.org/xapi/video/verbs/paused",
    "https://w3id.org/xapi/video/verbs/played",
    "https://w3id.org/xapi/video/verbs/seeked",
}


def told() -> list[dict[str, Any]]:
    """The events so far, as the process takes them."""
    return [
        {"user": 7, "name": event["name"], "course": event["data"]["course_id"], "data": event["data"]}
        for event in collecting.received
    ]


def valid(statement: dict[str, Any]) -> None:
    """The rules of xAPI 1.0.3 that a store refuses a statement by."""
    uuid.UUID(statement["id"])
    assert statement["version"] == "1.0.3"
    assert statement["actor"]["account"] == {"homePage": LMS, "name": str(external_id(7))}
    assert datetime.fromisoformat(statement["timestamp"]).utcoffset() is not None
    assert IRI.match(statement["verb"]["id"])
    assert set(statement["verb"]["display"]) == {"en"}
    assert statement["object"]["objectType"] == "Activity"
    assert IRI.match(statement["object"]["id"])
    assert IRI.match(statement["object"]["definition"]["type"])
    assert all(IRI.match(key) for key in statement["context"]["extensions"])
    (parent,) = statement["context"]["contextActivities"]["parent"]
    assert parent["definition"]["type"] == "http://adlnet.gov/expapi/activities/course"


def of(statements: list[dict[str, Any]], name: str) -> dict[str, Any]:
    (found,) = [each for each in statements if each["context"]["extensions"][words.EVENT] == name]
    return found


@pytest.mark.parametrize("metaedu_first", [False, True])
def test_a_learners_events_become_statements(ask: Ask, ana: User, events: Events, metaedu_first: bool) -> None:
    capture.receive(event=answered(user=ana.pk, right=False))
    action = ask(ana, "feedback", problem=problem("add1")).json()["next"]["action"]
    client = Client()
    client.force_login(ana)
    client.get(f"/metaedu/learn/{COURSE}/")
    for did in ("followed", "dismissed"):
        client.post(reverse("metaedu_tutoring:actions", args=[COURSE]), {"did": did, "token": action["token"]})
    sent = told()
    assert {event["name"] for event in sent} == {name for name in tracking.NAMES if "insight" not in name}
    statements = statements_of(sent, metaedu_first=metaedu_first)
    assert len(statements) == len(sent) == len({each["id"] for each in statements})
    for statement in statements:
        valid(statement)
        (parent,) = statement["context"]["contextActivities"]["parent"]
        assert parent["id"] == f"{LMS}/course/{COURSE}"
        assert statement["verb"]["id"] not in COUNTED
    for name, verb in (
        (tracking.RECOMMENDATION_SHOWN, "viewed"),
        (tracking.RECOMMENDATION_FOLLOWED, "launched"),
        (tracking.RECOMMENDATION_DISMISSED, "skipped"),
    ):
        statement = of(statements, name)
        assert statement["verb"]["display"]["en"] == verb
        assert statement["object"]["id"] == f"{LMS}/xblock/{action['item'].partition('#')[0]}"
        said = statement["context"]["extensions"]
        assert said[f"{words.EXTENSION}reason"] == action["reason"]
        assert said[f"{words.EXTENSION}skill"] == action["skill"]
        assert said[f"{words.EXTENSION}version"] == 1
        assert said[f"{words.EXTENSION}model"]
    assert of(statements, tracking.FEEDBACK_SHOWN)["object"]["id"] == f"{LMS}/xblock/{problem('add1')}/feedback"
    assert of(statements, tracking.PLAN_VIEWED)["object"]["id"] == f"{LMS}/course/{COURSE}/plan"


def test_reading_is_about_its_skill(events: Events) -> None:
    data = {
        "version": 1,
        "course_id": COURSE,
        "kind": "read",
        "reason": "read_first",
        "item": None,
        "skill": "½ & more",
    }
    (statement,) = statements_of(
        [{"user": 7, "name": tracking.RECOMMENDATION_SHOWN, "course": COURSE, "data": data}],
    )
    valid(statement)
    assert statement["object"]["id"] == f"{LMS}/course/{COURSE}/skill/%C2%BD%20%26%20more/reading"
    assert f"{words.EXTENSION}item" not in statement["context"]["extensions"]


def test_an_instructors_events_become_statements(settings: Any, client: Client, events: Events) -> None:
    settings.METAEDU_COURSE_STAFF = "tests.insights.conftest.teaches"
    curriculum(items=16)
    store(simulate(items=16, reversed_items=(7,)).answers)
    client.force_login(get_user_model().objects.create_user(TAUGHT, password="x"))
    client.get(reverse("metaedu_insights:page", args=[TAUGHT]))
    finding = "faulty_item:item007"
    for decision in ("accepted", "dismissed"):
        body = {"finding": finding, "decision": decision, "reason": "as meant"}
        client.post(reverse("metaedu_insights:decisions", args=[TAUGHT]), body, content_type="application/json")
    sent = told()
    statements = statements_of(sent)
    assert len(statements) == len(sent) >= 3
    for statement in statements:
        valid(statement)
        assert statement["verb"]["id"] not in COUNTED
    accepted = of(statements, tracking.INSIGHT_ACCEPTED)
    assert accepted["verb"]["display"]["en"] == "accepted"
    assert accepted["object"]["id"] == f"{LMS}/course/{TAUGHT}/insight/{finding}"
    assert of(statements, tracking.INSIGHT_DISMISSED)["verb"]["display"]["en"] == "rejected"
