"""Statements of other systems: in by a request or a file, once each, and without anybody's name."""

from __future__ import annotations

import gzip
import json
import uuid
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from metaedu_plugin.capture import api, spool
from metaedu_plugin.capture.models import Activity, DeadLetter, Learner, Response
from tests.capture.payloads import COURSE

TOKEN = "statements-may-come-in"
ADDRESS = "/metaedu/api/v1/xapi/statements"
ITEM = "https://quiz.example/items/tides-1"


def statement(verb: str = "answered", **changes: Any) -> dict[str, Any]:
    """As a quiz tool sends it, with all the names that it may hold."""
    made = {
        "id": str(uuid.uuid4()),
        "actor": {
            "objectType": "Agent",
            "name": "Imke Hansen",
            "account": {"homePage": "https://quiz.example", "name": "imke.hansen"},
        },
        "verb": {"id": f"http://adlnet.gov/expapi/verbs/{verb}", "display": {"en": verb}},
        "object": {
            "objectType": "Activity",
            "id": ITEM,
            "definition": {"name": {"en": "Tides"}, "type": "http://adlnet.gov/expapi/activities/cmi.interaction"},
        },
        "result": {
            "success": True,
            "score": {"scaled": 1, "raw": 4, "max": 4},
            "response": "my grandmother's words",
            "duration": "PT1M12.5S",
        },
        "context": {
            "instructor": {"mbox": "mailto:teacher@nordsee.example"},
            "contextActivities": {
                "parent": [{"id": "https://quiz.example/quiz/1"}],
                "grouping": [
                    {"id": COURSE, "definition": {"type": "http://adlnet.gov/expapi/activities/course"}},
                ],
            },
        },
        "timestamp": "2026-03-02T09:00:00.123456789+01:00",
        "authority": {"mbox": "mailto:lrs@nordsee.example"},
    }
    return {**made, **changes}


PERSONAL = ("Imke", "imke.hansen", "grandmother", "mailto", "teacher", "nordsee")


@pytest.fixture(autouse=True)
def token(settings: Any) -> None:
    settings.METAEDU_XAPI_TOKEN = TOKEN


def send(body: Any, *, method: str = "post", address: str = ADDRESS, **headers: str) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"authorization": f"Bearer {TOKEN}", **headers}
    kind = headers.pop("content_type", "application/json")
    client = Client(enforce_csrf_checks=True)
    return getattr(client, method)(address, raw, content_type=kind, headers=headers)


def test_a_statement_is_a_response_and_counts_once(told: list[api.Captured], django_assert_num_queries: Any) -> None:
    made = statement()
    with django_assert_num_queries(0):
        answer = send(made)
    assert (answer.status_code, answer.json()) == (200, [made["id"]])
    send([made, made])
    counts = api.drain()
    assert (counts.responses, counts.duplicates) == (1, 2)
    (left,) = told
    assert (left.course, left.item, left.problem, left.part) == (COURSE, ITEM, ITEM, "")
    assert (left.correct, left.score, left.attempt, left.seconds) == (True, 1.0, 1, 72.5)
    assert left.time is not None
    assert left.time.isoformat() == "2026-03-02T08:00:00.123456+00:00"
    assert Learner.objects.get().user_id is None


def test_nobodys_name_reaches_the_disk_or_the_database() -> None:
    anonymous = statement(actor={"objectType": "Agent", "name": "Imke Hansen"})
    assert send([statement(), statement("launched"), statement(actor={"mbox": "mailto:imke@nordsee.example"})]).json()
    assert send(anonymous).status_code == 400
    text = "".join(path.read_text() for path in spool.segments())
    assert text.count("\n") == 2
    api.drain()
    api.ingest(events=[anonymous], source="file")
    text += json.dumps([list(model.objects.values()) for model in (Learner, Response, DeadLetter)], default=str)
    assert DeadLetter.objects.count() == 1
    assert not [word for word in PERSONAL if word in text]


ACTORS = [
    {"account": {"homePage": "https://quiz.example", "name": "1"}},
    {"account": {"homePage": "https://other.example", "name": "1"}},
    {"mbox": "mailto:a@example.org"},
    {"mbox_sha1sum": "ebd31e95054c018b10727ccffd2ef2ec3a016ee9"},
    {"openid": "https://id.example/a"},
]


def test_learners_are_told_apart_by_what_identifies_them() -> None:
    send([statement(actor=actor) for actor in ACTORS * 2])
    assert api.drain().responses == 2 * len(ACTORS)
    assert Learner.objects.count() == len(ACTORS)
    assert set(Response.objects.values_list("attempt", flat=True)) == {1}


RESULTS = {
    "success and points": ("answered", {"success": True, "score": {"scaled": 1}}, (True, 1.0)),
    "wrong": ("answered", {"success": False, "score": {"scaled": 0.25}}, (False, 0.25)),
    "partial credit called a success": ("answered", {"success": True, "score": {"scaled": 0.5}}, (False, 0.5)),
    "a quiz that is passed": ("completed", {"success": True, "score": {"scaled": 0.85}}, (True, 0.85)),
    "success alone": ("attempted", {"success": False}, (False, 0.0)),
    "points alone": ("attempted", {"score": {"raw": 3, "max": 4}}, (False, 0.75)),
    "all points alone": ("answered", {"score": {"scaled": 1.0}}, (True, 1.0)),
    "below nothing": ("answered", {"score": {"scaled": -0.5}}, (False, 0.0)),
}


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_is_read_as_told(name: str) -> None:
    verb, result, wanted = RESULTS[name]
    send(statement(verb, result=result))
    assert api.drain().responses == 1
    (left,) = api.responses(course=COURSE)
    assert (left.correct, left.score) == wanted


def test_what_says_nothing_of_an_answer_is_taken_and_ignored() -> None:
    assert send([statement("launched"), statement("attempted", result={"response": "x"})]).status_code == 200
    counts = api.drain()
    assert (counts.responses, counts.ignored) == (0, 1)
    send(statement("completed", result={"completion": True}))
    assert api.drain().activities == 1
    assert Activity.objects.get().kind == "completion"


@pytest.mark.parametrize(
    ("parent", "grouping", "course"),
    [
        ({"id": "https://quiz.example/course/7"}, None, "https://quiz.example/course/7"),
        (None, [{"id": "https://quiz.example/course/8"}], "https://quiz.example/course/8"),
        (
            [{"id": "https://quiz.example/q"}],
            [
                {
                    "id": "c",
                    "definition": {
                        "type": statement()["context"]["contextActivities"]["grouping"][0]["definition"]["type"]
                    },
                }
            ],
            "c",
        ),
    ],
)
def test_the_course_is_found_among_what_is_around(parent: Any, grouping: Any, course: str) -> None:
    activities = {name: value for name, value in (("parent", parent), ("grouping", grouping)) if value}
    send(statement(context={"contextActivities": activities}))
    api.drain()
    assert api.courses() == [course]


BAD = {
    "no actor": {"verb": {"id": "x"}},
    "a group": statement(actor={"objectType": "Group", "account": {"homePage": "h", "name": "n"}}),
    "no course": statement(context={}),
    "no object": statement(object=None),
    "a person as object": statement(object={"objectType": "Agent", "id": "x", "mbox": "mailto:a@example.org"}),
    "odd time": statement(timestamp="yesterday"),
    "odd success": statement(result={"success": "yes"}),
    "odd score": statement(result={"score": {"scaled": "1"}}),
    "long id": statement(object={"id": "https://quiz.example/" + "x" * 300}),
    "a text": "statement",
}


@pytest.mark.parametrize("name", BAD)
def test_one_bad_statement_turns_all_away_and_says_why(name: str) -> None:
    answer = send([statement(), BAD[name]])
    assert answer.status_code == 400
    assert "statement 1" in answer.json()["detail"]
    assert spool.segments() == []


def test_a_statement_without_id_or_time_gets_both_and_is_once_the_same() -> None:
    made = statement(id=None)
    (first,), (second,) = send(made).json(), send(made).json()
    assert first == second == str(uuid.UUID(first))
    send(statement(id=None, timestamp=None))
    assert api.drain().responses == 2


def test_one_statement_by_put() -> None:
    made = statement()
    address = f"{ADDRESS}?statementId={made['id']}"
    assert send(made, method="put", address=address).status_code == 204
    assert send({**made, "id": None}, method="put", address=address).status_code == 400
    del (again := dict(made))["id"]
    assert send(again, method="put", address=address).status_code == 204
    assert send(made, method="put", address=f"{ADDRESS}?statementId={uuid.uuid4()}").status_code == 400
    assert send([made, made], method="put", address=address).status_code == 400
    counts = api.drain()
    assert (counts.responses, counts.duplicates) == (1, 1)


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer wrong", "Basic " + b64encode(b"user:wrong").decode(), "Basic !!", f"Token {TOKEN}"]
)
def test_only_the_token_opens(given: str) -> None:
    assert send(statement(), authorization=given).status_code == 401
    assert spool.segments() == []


def test_the_token_as_a_password() -> None:
    basic = "Basic " + b64encode(f"any user:{TOKEN}".encode()).decode()
    assert send(statement(), authorization=basic).status_code == 200


def test_off_without_a_token(settings: Any) -> None:
    for unset in (None, ""):
        settings.METAEDU_XAPI_TOKEN = unset
        assert send(statement(), authorization="Bearer ").status_code == 404
    del settings.METAEDU_XAPI_TOKEN
    assert send(statement()).status_code == 404


def test_bodies_are_limited(settings: Any) -> None:
    assert send(b"[" + b" " * (2 << 20) + b"]").status_code == 413
    assert send([statement("launched")] * 1001).status_code == 413
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    assert send(statement()).status_code == 413


@pytest.mark.parametrize("body", [b" ", b"{", b"\xff", b"[" * 100_000, b"nothing"])
def test_what_is_no_json_is_told_so(body: bytes) -> None:
    assert send(body).status_code == 400


def test_other_methods_and_types_are_turned_away() -> None:
    assert Client().get(ADDRESS).status_code == 405
    assert send(statement(), content_type="multipart/mixed; boundary=x").status_code == 415


def test_while_capture_is_off_the_sender_keeps_what_it_has() -> None:
    api.switch(name="capture", on=False, by="operator")
    assert send(statement()).status_code == 503
    api.switch(name="capture", on=True, by="operator")
    assert send(statement()).status_code == 200


def test_a_full_disk_is_told_to_the_sender(own_folder: Path) -> None:
    own_folder.mkdir()
    (own_folder / "spool").write_text("a file where the folder should be")
    assert send(statement()).status_code == 503


def test_files_of_statements_give_what_requests_give(tmp_path: Path) -> None:
    made = [statement(), statement("launched"), statement("attempted", result={"success": False}), BAD["no course"]]
    send(made[:3])
    api.drain()
    lines = tmp_path / "statements.jsonl"
    lines.write_text("\n".join(map(json.dumps, made)))
    array = tmp_path / "statements.json.gz"
    array.write_bytes(gzip.compress(json.dumps(made, indent=1).encode()))
    for path in (lines, array):
        counts = api.import_file(path=path)
        assert (counts.responses, counts.duplicates, counts.ignored) == (0, 2, 1)
        assert counts.reasons == {"missing_field": 1}
    assert api.replay().reasons == {"missing_field": 2}


def test_the_platforms_own_client_of_record_stores(live_server: Any) -> None:
    """TinCan is what event-routing-backends sends with."""
    tincan = pytest.importorskip("tincan")
    root = live_server.url + ADDRESS.removesuffix("statements")
    store = tincan.RemoteLRS(version="1.0.3", endpoint=root, auth=f"Bearer {TOKEN}")
    made = [tincan.Statement(statement()) for _ in range(3)]
    assert store.save_statement(made[0]).success
    saved = store.save_statements(made[1:])
    assert saved.success, saved.data
    assert api.drain().responses == 3
    assert not tincan.RemoteLRS(version="1.0.3", endpoint=root, auth="Bearer no").save_statement(made[0]).success
