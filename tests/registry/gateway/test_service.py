"""The service at METAEDU_SERVING_URL: a real process, and real silence."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from metaedu_plugin.registry import api
from serving.errors import ServingUnavailable
from serving.types import Candidate, CourseMap, Response
from tests.registry.bundles import make

MAP = CourseMap(candidates=(Candidate(item="i1", skills=("s",)),))
pytestmark = pytest.mark.django_db(transaction=True)
Serve = Callable[..., subprocess.Popen[bytes]]


def ask() -> tuple[tuple[str, str], float]:
    start = time.monotonic()
    answered = api.tutor().next(course="c", learner="l", course_map=MAP, now=200.0)
    return (answered.model, answered.source), time.monotonic() - start


@pytest.fixture
def address(data_dir: Path, settings) -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        found = f"http://127.0.0.1:{free.getsockname()[1]}"
    settings.METAEDU_SERVING_URL = found
    settings.METAEDU_SERVING_COOL_DOWN = 0.5
    settings.METAEDU_SERVING_DEADLINE = 0.25
    return found


@pytest.fixture
def serve(address: str, tmp_path: Path) -> Iterator[Serve]:
    bundle = make(tmp_path / "made", "v1")
    started: list[subprocess.Popen[bytes]] = []

    def start(*more: str) -> subprocess.Popen[bytes]:
        port = address.rpartition(":")[2]
        store = f"sqlite:///{tmp_path / 'service.sqlite3'}"
        command = [
            sys.executable,
            "-m",
            "serving.cli",
            "--bundle",
            str(bundle),
            "--store",
            store,
            "--port",
            port,
            *more,
        ]
        started.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                if httpx.get(f"{address}/readyz", trust_env=False).status_code == 200:
                    return started[-1]
            except httpx.HTTPError:
                time.sleep(0.1)
        raise AssertionError("the service did not start")

    yield start
    for process in started:
        process.terminate()
        process.wait(10)


def test_the_service_answers_dies_and_comes_back(serve: Serve) -> None:
    process = serve()
    assert ask()[0] == ("v1", "model")
    status = api.status()
    assert (status.source, status.fallbacks) == ("service", 0)
    process.terminate()
    process.wait(10)
    assert ask()[0] == ("prior", "prior")
    for _ in range(5):
        answered, seconds = ask()
        assert answered == ("prior", "prior")
        assert seconds < 0.3
    status = api.status()
    assert status.fallbacks == 6
    assert "ServingUnavailable" in status.last_error
    serve()
    end = time.monotonic() + 5
    while ask()[0] != ("v1", "model"):
        assert time.monotonic() < end
        time.sleep(0.05)
    assert not api.status().cooling


def test_a_service_that_is_silent_holds_up_one_question_only(address: str) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", int(address.rpartition(":")[2])))
        silent.listen()
        ask()  # the first one also opens the prior's store
        for _ in range(5):
            answered, seconds = ask()
            assert answered == ("prior", "prior")
            assert seconds < 0.3
        time.sleep(0.6)
        assert ask()[1] < 1.0
        assert api.status().fallbacks == 7


def test_what_is_observed_while_the_service_is_gone_is_answered_by_the_prior(address: str) -> None:
    response = Response(id="r", course="c", learner="l", item="i1", skills=("s",), correct=True, score=1.0, time=100.0)
    assert api.tutor().observe(response, course_map=MAP).source == "prior"
    with pytest.raises(ServingUnavailable):
        api.tutor().forget(learner="l")
    with pytest.raises(ServingUnavailable):
        api.tutor().retract(course="c", learner="l", id="again")


def test_a_service_that_asks_for_tokens_answers_those_who_have_its_key(serve: Serve, tmp_path: Path, settings) -> None:
    keys, secret = tmp_path / "keys.json", "s" * 40
    keys.write_text(json.dumps({"lms": secret}))
    serve("--keys", str(keys))
    assert ask()[0] == ("prior", "prior")
    settings.METAEDU_SERVING_KEY = f"lms:{secret}"
    assert ask()[0] == ("v1", "model")
    api.tutor().retract(course="c", learner="l", id="again")
    api.tutor().forget(learner="l")
