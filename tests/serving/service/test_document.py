"""The OpenAPI document: what is in the repository is what the code says, and the service keeps to it."""

import asyncio
import json
import os
from pathlib import Path

import hypothesis
import pytest
import schemathesis

from serving.engine import Engine
from serving.prior import PriorModel
from serving.requests import METHODS
from serving.service.application import Application
from serving.service.document import document
from serving.stores.memory import MemoryStore

KEPT = Path(__file__).resolve().parents[3] / "docs" / "serving.openapi.json"


def test_the_document_in_the_repository_is_the_codes() -> None:
    assert json.loads(KEPT.read_text()) == json.loads(json.dumps(document())), "make openapi"


def test_every_method_is_in_it() -> None:
    assert {path.removeprefix("/v1/") for path in document()["paths"] if path.startswith("/v1/")} == {*METHODS, "model"}


EXAMPLES = int(os.environ.get("METAEDU_FUZZ_EXAMPLES", "25"))
"""Requests for each address; 500 make ten thousand."""
application = Application(Engine(PriorModel(), MemoryStore()))
schema = schemathesis.openapi.from_dict(document())


@schema.parametrize()
@hypothesis.settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(hypothesis.HealthCheck), derandomize=True
)
def test_no_request_makes_it_fail(case: schemathesis.Case) -> None:
    """Requests that the document allows, and such that it does not, drawn from it."""
    answer = asyncio.run(_ask(case))
    assert answer.status_code < 500 or answer.json()["error"] in {"store_unavailable", "too_late"}, answer.text
    if answer.status_code == 200 and case.method == "POST":
        assert answer.json().keys() >= {"model"} or "model_name" in answer.json()


async def _ask(case: schemathesis.Case) -> object:
    import httpx

    told = case.as_transport_kwargs(base_url="http://serving")
    transport = httpx.ASGITransport(application, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport) as client:
        keep = {key: told[key] for key in ("method", "url", "headers", "params", "json", "content") if key in told}
        if "data" in told:
            keep["content"] = told["data"]
        return await client.request(**keep)


@pytest.mark.parametrize("content", [b"", b"\x00", b"null", b"[]", b'{"a":', b"\xff" * 50, b"1" * 5000])
@pytest.mark.parametrize("name", METHODS)
def test_no_bytes_make_it_fail(name: str, content: bytes) -> None:
    import httpx

    async def go() -> int:
        transport = httpx.ASGITransport(application, raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=transport, base_url="http://serving") as client:
            return (await client.post(f"/v1/{name}", content=content)).status_code

    assert asyncio.run(go()) == 400
