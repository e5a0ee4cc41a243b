"""What goes wrong around the service: nothing that it acknowledged is lost, and nothing counts twice."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from serving.engine import Engine
from serving.prior import PriorModel
from serving.stores import open_store
from serving.types import Response
from tests.serving.conftest import REDIS
from tests.serving.service.processes import free_port, served, start, wait_for
from tests.serving.words import NOW, response


def ask(client: httpx.Client, asked: Response) -> bool:
    """Whether the response was acknowledged."""
    try:
        return client.post("/v1/observe", json={"response": msgspec.to_builtins(asked)}).status_code == 200
    except httpx.TransportError:
        return False


def insist(address: str, learner: str, number: int, every_one: threading.Event) -> None:
    """A client that tries again until each of its responses is acknowledged."""
    for n in range(number):
        asked = response(f"{learner}-{n}", f"a{n % 9}", n % 3 > 0, learner=learner, time=NOW + n)
        while True:
            with httpx.Client(base_url=address, timeout=5) as client:
                if ask(client, asked):
                    break
            time.sleep(0.02)
    every_one.set()


def counted(store: str, learner: str, model: object = None) -> int:
    found = Engine(model or PriorModel(), open_store(store))
    return found.mastery(course="c", learner=learner, skills=["a"], now=NOW)[0].responses


@pytest.fixture(params=["sqlite", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'states.sqlite3'}"
    return f"{REDIS}?prefix={request.getfixturevalue('redis_prefix')}"


def test_a_worker_that_is_killed_under_load_loses_nothing(store: str, bundle_directory: Path) -> None:
    """Two workers on one store, killed again and again while clients insist; each response counts once."""
    port, learners, each = free_port(), ("l1", "l2", "l3"), 60
    address = f"http://127.0.0.1:{port}"
    arguments = ("--port", str(port), "--store", store, "--bundle", str(bundle_directory))
    process = start(*arguments)
    wait_for(address, process)
    done = [threading.Event() for _ in learners]
    threads = [
        threading.Thread(target=insist, args=(address, learner, each, event))
        for learner, event in zip(learners, done, strict=True)
    ]
    for thread in threads:
        thread.start()
    killed = 0
    while not all(event.is_set() for event in done) and killed < 20:
        time.sleep(0.6)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        killed += 1
        process = start(*arguments)
        wait_for(address, process)
    for thread in threads:
        thread.join(60)
    try:
        with httpx.Client(base_url=address) as client:
            for learner in learners:
                body = {"course": "c", "learner": learner, "skills": ["a"], "now": NOW}
                assert client.post("/v1/mastery", json=body).json()["result"][0]["responses"] == each
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    assert killed > 1


def test_two_services_on_one_store_lose_no_response_of_one_learner(store: str, bundle_directory: Path) -> None:
    arguments = ("--store", store, "--bundle", str(bundle_directory))
    with served(*arguments) as one, served(*arguments) as two:
        events = [threading.Event() for _ in range(4)]

        def send(address: str, name: str, event: threading.Event) -> None:
            with httpx.Client(base_url=address, timeout=10) as client:
                for n in range(30):
                    assert ask(client, response(f"{name}-{n}", f"a{n}"))
                    assert ask(client, response(f"shared-{n}", f"a{n}"))
            event.set()

        threads = [
            threading.Thread(target=send, args=(address, f"t{n}", events[n]))
            for n, address in enumerate((one, two, one, two))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert all(event.is_set() for event in events)
        told = httpx.post(f"{one}/v1/mastery", json={"course": "c", "learner": "l", "skills": ["a"], "now": NOW})
        assert told.json()["result"][0]["responses"] == 4 * 30 + 30


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """Port of a Redis that the test may stop, and its folder."""
    from shutil import which

    if which("redis-server") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("redis-server is not installed")
        pytest.skip("no redis-server to start")
    yield free_port(), tmp_path


def redis_server(port: int, folder: Path) -> subprocess.Popen[bytes]:
    arguments = ["--port", str(port), "--dir", str(folder), "--appendonly", "yes", "--appendfsync", "always"]
    process = subprocess.Popen(["redis-server", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    import redis

    until = time.monotonic() + 10
    while True:
        try:
            redis.Redis(port=port).ping()
            return process
        except redis.RedisError:
            assert time.monotonic() < until
            time.sleep(0.05)


def test_a_redis_that_stops_and_starts_loses_nothing_acknowledged(
    own_redis: tuple[int, Path], bundle_directory: Path
) -> None:
    port, folder = own_redis
    server = redis_server(port, folder)
    acknowledged: list[str] = []
    refused = 0
    store, model = ("--store", f"redis://127.0.0.1:{port}/0"), ("--bundle", str(bundle_directory))
    with served(*store, *model) as address, httpx.Client(base_url=address, timeout=10) as client:
        for n in range(60):
            if n == 20:
                server.kill()
                server.wait()
            if n == 30:
                assert client.get("/healthz").status_code == 200
                assert client.get("/readyz").status_code == 503
                server = redis_server(port, folder)
            asked = response(f"r{n}", f"a{n}")
            answer = client.post("/v1/observe", json={"response": msgspec.to_builtins(asked)})
            if answer.status_code == 200:
                acknowledged.append(asked.id)
            else:
                assert (answer.status_code, answer.json()["error"]) == (503, "store_unavailable")
                assert answer.headers["retry-after"] == "1"
                refused += 1
        body = {"course": "c", "learner": "l", "skills": ["a"], "now": NOW}
        assert client.post("/v1/mastery", json=body).json()["result"][0]["responses"] == len(acknowledged)
    server.kill()
    server.wait()
    assert refused == 10
    assert len(acknowledged) == 50


def test_a_slow_store_holds_up_its_own_requests_and_not_the_health_checks(own_redis: tuple[int, Path]) -> None:
    """Redis that is paused answers nobody: requests end in time, and all is well when it goes on."""
    port, folder = own_redis
    server = redis_server(port, folder)
    with served("--store", f"redis://127.0.0.1:{port}/0") as address, httpx.Client(base_url=address, timeout=10) as c:
        assert ask(c, response("r0"))
        server.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        assert not ask(c, response("r1"))
        assert time.monotonic() - began < 5
        assert c.get("/healthz").status_code == 200
        server.send_signal(signal.SIGCONT)
        assert ask(c, response("r1"))
        assert ask(c, response("r1"))
    server.kill()
    server.wait()


def test_a_full_disk_is_told_and_nothing_is_acknowledged(tmp_path: Path) -> None:
    """SQLite may not grow its file: what it took in before stays, what it did not is not acknowledged."""
    import sqlite3

    path = tmp_path / "states.sqlite3"
    open_store(f"sqlite:///{path}").close()
    with sqlite3.connect(path) as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    acknowledged = []
    store = open_store(f"sqlite:///{path}")
    store._connection().execute(f"PRAGMA max_page_count = {pages + 3}")  # type: ignore[attr-defined]
    engine = Engine(PriorModel(), store)
    for n in range(200):
        try:
            engine.observe(response(f"r{n}", f"a{n}"))
            acknowledged.append(n)
        except Exception as error:
            assert "full" in str(error)
            break
    assert 0 < len(acknowledged) < 200
    assert counted(f"sqlite:///{path}", "l") == len(acknowledged)


def test_a_clock_that_jumps_changes_no_count(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'states.sqlite3'}"
    engine = Engine(PriorModel(), open_store(url))
    for n, when in enumerate((NOW, NOW - 1e6, NOW + 1e6, NOW - 1e6, -1.0)):
        told = engine.observe(response(f"r{n}", f"a{n}", time=when))
        assert told.after[0].responses == n + 1
    assert counted(url, "l") == 5
