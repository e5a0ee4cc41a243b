"""The broker and the store of states stop in the middle of a lesson: whatever the platform graded is kept."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from metaedu_plugin.capture import api as capture
from metaedu_plugin.capture import spool
from metaedu_plugin.capture.receive import Losses
from metaedu_plugin.registry import gateway


class Redis:
    """A Redis server of this test's own, which may be stopped."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it answers."""
        import redis

        arguments = ["--port", str(self.port), "--dir", str(self.folder), "--appendonly", "yes", "--save", ""]
        self.process = subprocess.Popen(["redis-server", *arguments], stdout=subprocess.DEVNULL)
        until = time.monotonic() + 10
        while True:
            try:
                redis.Redis(port=self.port).ping()
                return
            except redis.RedisError:
                assert time.monotonic() < until, "redis-server does not answer"
                time.sleep(0.05)

    def stop(self) -> None:
        """As a machine that goes down."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[Redis]:
    """Running, with an empty folder."""
    if shutil.which("redis-server") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("redis-server is not installed")
        pytest.skip("no redis-server to start")
    folder = tmp_path / "redis"
    folder.mkdir()
    server = Redis(folder)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def queue(own_redis: Redis, settings: Any) -> Iterator[Any]:
    """The platform's Celery with that broker, and no longer eager: tasks are sent, and nobody works on them here."""
    from openedx.core.lib.celery import APP

    for only_in_production in ("EXPLICIT_QUEUES", "ALTERNATE_ENV_TASKS"):
        setattr(settings, only_in_production, {})
    before = {name: APP.conf[name] for name in ("task_always_eager", "broker_url")}
    APP.conf.update(task_always_eager=False, broker_url=own_redis.url)
    forget_connections(APP)
    yield APP
    APP.conf.update(before)
    forget_connections(APP)


def forget_connections(app: Any) -> None:
    """Celery keeps the pool of the broker that it knew."""
    app._pool = app.amqp._producer_pool = None


def answered(learner: Any, problem: Any, times: int) -> int:
    """How many of so many answers the platform graded. It tells the learner of the others, and does not count them."""
    said = [learner.handle(problem, "problem_check", part_2_1="choice_0")["success"] for _ in range(times)]
    return len([each for each in said if each in {"correct", "incorrect"}])


def kept(course: Any, learner: Any) -> list[int]:
    """Attempts that are stored."""
    capture.drain()
    pseudonym = capture.learner_for(user_id=learner.user.pk)
    return sorted(row.attempt for row in capture.responses(course=str(course), learner=pseudonym))


def test_a_broker_that_stops_costs_no_answer(course: Any, learner: Any, own_redis: Redis, queue: Any) -> None:
    import redis

    problem = course.problems["capital"]
    graded = answered(learner, problem, 2)
    assert graded == 2
    assert redis.Redis(port=own_redis.port).llen(queue.conf.task_default_queue), (
        "the platform sends its tasks elsewhere"
    )

    own_redis.stop()
    graded += answered(learner, problem, 2)  # the platform itself needs its broker to grade
    own_redis.start()
    assert answered(learner, problem, 2) == 2

    assert kept(course, learner) == list(range(1, graded + 3))


def test_a_store_of_states_that_stops_costs_no_answer(
    course: Any, learner: Any, own_redis: Redis, settings: Any
) -> None:
    settings.METAEDU_STORE = own_redis.url
    settings.METAEDU_SERVING_COOL_DOWN = 0.1
    gateway.reset()
    problem = course.problems["capital"]

    def feedback() -> Any:
        return learner.ask(course, "feedback", problem=str(problem))

    assert answered(learner, problem, 2) == 2
    assert feedback().json()["status"] == "ready"
    own_redis.stop()
    assert answered(learner, problem, 3) == 3
    without = feedback()
    assert (without.status_code, without.json()["status"]) in {(200, "ready"), (200, "waiting"), (503, "failed")}
    assert kept(course, learner) == [1, 2, 3, 4, 5]

    own_redis.start()
    time.sleep(0.2)
    assert answered(learner, problem, 1) == 1
    assert feedback().json()["status"] == "ready"
    assert kept(course, learner) == [1, 2, 3, 4, 5, 6]


def test_a_disk_that_takes_no_more_costs_the_learner_nothing(
    course: Any, learner: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = {"count": 0, "failing": False, "row": 0, "last": None, "why": ""}
    for name, value in nothing.items():  # of this process: what is lost here is no other test's
        monkeypatch.setattr(Losses, name, value)
    spooled = settings.METAEDU_DATA_DIR / "spool"
    shutil.rmtree(spooled, ignore_errors=True)
    spooled.write_text("a file where the folder should be")
    spool.writer.reset()

    assert answered(learner, course.problems["capital"], 1) == 1
    assert learner.client.get(f"/xblock/{course.unit}").status_code == 200
    assert Losses.count >= 1

    spooled.unlink()
    assert answered(learner, course.problems["capital"], 1) == 1
    assert kept(course, learner) == [2]
