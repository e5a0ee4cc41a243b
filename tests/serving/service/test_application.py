import asyncio
import json
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from serving.engine import Engine
from serving.errors import StoreError
from serving.prior import PriorModel
from serving.requests import METHODS
from serving.service.application import LARGEST_BODY, Application
from serving.stores import Address, Loaded
from serving.stores.memory import MemoryStore
from serving.tutor import Tutor
from serving.types import Policy

RESPONSE = {"id": "r1", "course": "c", "learner": "l", "item": "i", "skills": ["s"], "correct": True, "time": 1e9}
WHO = {"course": "c", "learner": "l"}
MAP = {"candidates": [{"item": "i", "skills": ["s"]}, {"item": "j", "skills": ["s"]}]}
BODIES: dict[str, dict[str, Any]] = {
    "observe": {"response": RESPONSE, "course_map": MAP},
    "observe_many": {"responses": [RESPONSE]},
    "predict": WHO | {"candidates": MAP["candidates"]},
    "mastery": WHO | {"skills": ["s"]},
    "mastery_many": {"course": "c", "learners": ["l", "m"], "skills": ["s"]},
    "next": WHO | {"course_map": MAP},
    "plan": WHO | {"course_map": MAP, "days": 3},
    "explain": WHO | {"candidate": MAP["candidates"][0]},
    "retract": WHO | {"id": "again"},
    "forget": {"learner": "l"},
}


class Broken(MemoryStore):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def load(self, at: Address, keys: Sequence[str] = ()) -> Loaded:
        raise self.error

    def ping(self) -> None:
        raise self.error


def ask(method: str, path: str, content: bytes | str = b"", store: MemoryStore | None = None) -> httpx.Response:
    application = Application(Engine(PriorModel(), store or MemoryStore()))

    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(application, raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=transport, base_url="http://serving") as client:
            return await client.request(method, path, content=content)

    return asyncio.run(go())


@pytest.mark.parametrize("name", METHODS)
def test_every_method_answers_and_says_which_model_did(name: str) -> None:
    answer = ask("POST", f"/v1/{name}", json.dumps(BODIES[name]))
    assert answer.status_code == 200, answer.text
    assert answer.json().keys() == {"model", "source", "result"}
    assert (answer.json()["model"], answer.json()["source"]) == ("prior", "prior")


def test_there_is_an_address_for_every_method_of_the_tutor() -> None:
    assert set(METHODS) == {name for name in vars(Tutor) if not name.startswith("_")} == set(BODIES)


def test_health_readiness_and_model() -> None:
    assert ask("GET", "/healthz").json() == {"status": "ok"}
    assert ask("GET", "/readyz").json() == {"status": "ready", "model": "prior"}
    told = ask("GET", "/v1/model").json()
    assert told == {
        "name": "prior", "source": "prior", "schema_version": 3,
        "dims": {"learner": 4, "skill": 4, "item": 4, "vector": 1},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "truncated"),
        ("{", "truncated"),
        ("[]", "Expected `object`"),
        ("{}", "missing required field `course`"),
        (json.dumps(WHO | {"skills": "s"}), "$.skills"),
        (json.dumps(WHO | {"skills": ["s"], "wrong": 1}), "unknown field `wrong`"),
        (b"\xff\xfe", "mastery"),
        ("[" * 20000, "mastery"),
    ],
)
def test_a_bad_body_is_told_what_is_wrong(body: str | bytes, said: str) -> None:
    answer = ask("POST", "/v1/mastery", body)
    assert answer.status_code == 400
    assert answer.json()["error"] == "bad_request"
    assert said in answer.json()["message"]


def test_a_body_that_is_too_large_is_refused_whether_it_says_so_or_not() -> None:
    assert ask("POST", "/v1/observe", b" " * (LARGEST_BODY + 1)).status_code == 413

    async def chunks() -> Any:
        for _ in range(3):
            yield b" " * (LARGEST_BODY // 2)

    assert ask("POST", "/v1/observe", chunks()).status_code == 413


@pytest.mark.parametrize("path", ["/", "/v1/", "/v1/nope", "/v1/observe/", "/v2/observe", "/observe"])
def test_other_addresses_are_not_found(path: str) -> None:
    assert ask("POST", path, "{}").status_code == 404


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/observe"), ("PUT", "/v1/next"), ("POST", "/healthz")])
def test_other_methods_are_not_allowed(method: str, path: str) -> None:
    assert ask(method, path, "{}").status_code == 405


def test_what_fails_inside_stays_inside() -> None:
    secret = "password=hunter2"
    answer = ask("POST", "/v1/mastery", json.dumps(BODIES["mastery"]), Broken(ValueError(secret)))
    assert (answer.status_code, answer.json()["error"]) == (500, "internal")
    assert "hunter2" not in answer.text


def test_a_store_that_is_down_is_unavailable_and_alive() -> None:
    store = Broken(StoreError("redis://:hunter2@x"))
    answer = ask("POST", "/v1/mastery", json.dumps(BODIES["mastery"]), store)
    assert (answer.status_code, answer.json()["error"]) == (503, "store_unavailable")
    assert "hunter2" not in answer.text
    assert ask("GET", "/readyz", store=store).status_code == 503
    assert ask("GET", "/healthz", store=store).status_code == 200


def test_a_policy_given_in_part_keeps_the_rest_of_the_default() -> None:
    answer = ask("POST", "/v1/next", json.dumps(BODIES["next"] | {"policy": {"target": 0.6}}))
    evidence = answer.json()["result"]["action"]["evidence"]
    assert (evidence["target"], evidence["mastered"]) == (0.6, Policy().mastered)


@pytest.mark.parametrize("header", ["x-deadline-ms", "content-length", "x-request-id", "authorization"])
@pytest.mark.parametrize("value", ["", "-1", "0x10", "9" * 5000, "nan", " "])
def test_no_header_makes_it_fail(header: str, value: str) -> None:
    application = Application(Engine(PriorModel(), MemoryStore()))
    scope = {"type": "http", "method": "POST", "path": "/v1/mastery", "headers": [(header.encode(), value.encode())]}
    body = json.dumps(BODIES["mastery"]).encode()
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(application(scope, receive, send))
    assert sent[0]["status"] in {200, 413}
