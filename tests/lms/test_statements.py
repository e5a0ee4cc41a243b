"""xAPI statements through the LMS's own middleware."""

from __future__ import annotations

from typing import Any

from django.test import Client

from metaedu_plugin.capture import api as capture

ADDRESS = "/metaedu/api/v1/xapi/statements"


def statement(course: Any) -> dict[str, Any]:
    return {
        "id": "7f0c1d3e-5a52-4e0c-9a2f-0a8d6a6c1a11",
        "actor": {"account": {"homePage": "https://quiz.example", "name": "imke"}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/answered"},
        "object": {"id": "https://quiz.example/items/1"},
        "result": {"success": True, "score": {"scaled": 1.0}},
        "context": {"contextActivities": {"grouping": [{"id": str(course)}]}},
        "timestamp": "2026-03-02T08:00:00Z",
    }


def test_a_system_without_a_session_sends_statements(course: Any, settings: Any) -> None:
    settings.METAEDU_XAPI_TOKEN = "statements-may-come-in"
    client = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    token = {"authorization": "Bearer statements-may-come-in"}
    for _ in range(2):
        answer = client.post(ADDRESS, statement(course), content_type="application/json", headers=token)
        assert (answer.status_code, answer.json()) == (200, [statement(course)["id"]])
    assert client.post(ADDRESS, statement(course), content_type="application/json").status_code == 401

    capture.drain()

    (left,) = capture.responses(course=str(course))
    assert (left.item, left.correct) == ("https://quiz.example/items/1", True)


def test_the_address_is_not_there_without_a_token(course: Any, client: Any) -> None:
    answer = client.post(ADDRESS, statement(course), content_type="application/json")
    assert answer.status_code == 404
