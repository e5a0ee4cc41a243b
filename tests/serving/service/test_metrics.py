"""What the service tells of itself."""

import re

import httpx

from tests.serving.conftest import REDIS
from tests.serving.service.processes import served


def ask(client: httpx.Client, number: int, correct: bool) -> None:
    body = {"id": f"r{number}", "course": "c", "learner": "l", "item": "i", "skills": ["s"], "correct": correct}
    assert client.post("/v1/observe", json={"response": body}).status_code == 200


def value(text: str, name: str) -> float:
    return sum(float(found) for found in re.findall(rf"^{re.escape(name)} (\S+)$", text, re.M))


def test_answers_refusals_and_outcomes_are_counted() -> None:
    with served() as address, httpx.Client(base_url=address) as client:
        for number in range(5):
            ask(client, number, number != 2)
        ask(client, 0, True)
        client.post("/v1/observe", content=b"{}")
        told = client.get("/metrics")
    text = told.text
    assert told.headers["content-type"].startswith("text/plain")
    assert value(text, 'metaedu_requests_total{method="observe",status="200"}') == 6
    assert value(text, 'metaedu_requests_total{method="observe",status="400"}') == 1
    assert value(text, 'metaedu_request_seconds_count{method="observe"}') == 7
    assert len(re.findall(r'metaedu_answers_total\{model="shipped-\w+",source="shipped"\} 6.0', text)) == 1
    tenths = [f"{n / 10:.1f}" for n in range(10)]
    outcomes, right, expected = (
        sum(value(text, f'metaedu_outcomes{what}_total{{tenth="{tenth}"}}') for tenth in tenths)
        for what in ("", "_correct", "_expected")
    )
    assert (outcomes, right) == (5, 4), "what comes again is no outcome"
    assert 0 < expected < 5


def test_the_workers_of_one_service_tell_their_sum(redis_prefix: str) -> None:
    with served("--workers", "2", "--store", f"{REDIS}?prefix={redis_prefix}") as address:
        for number in range(20):
            with httpx.Client(base_url=address) as client:
                ask(client, number, True)
        text = httpx.get(f"{address}/metrics").text
    assert value(text, 'metaedu_requests_total{method="observe",status="200"}') == 20
    assert value(text, "metaedu_line_length") >= 0
