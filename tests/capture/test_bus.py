"""Over the event bus to a process outside of the platform, by the bus's own producer and consumer.

Redis is a real server; of Kafka `tests/capture/kafka.py` says what is real.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.capture.conftest import ROOT

REDIS = os.environ.get("METAEDU_TEST_REDIS", "redis://127.0.0.1:6379")
EMIT = "import django; django.setup(); from tests.capture import bus; bus.emit({}, {})"
COUNT = """
import django; django.setup()
from metaedu_plugin.capture.models import Response
print(Response.objects.count(), Response.objects.values("learner").distinct().count())
"""
CONSUME = ("consume_events", "-t", "analytics", "-g")
FROM_WHERE_IT_STOPPED = ("--extra", json.dumps({"consumer_name": "one", "check_backlog": True}))

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def prefix() -> str:
    """What the topics of this test alone begin with."""
    return f"metaedu-test-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def redis_bus(prefix: str) -> Iterator[dict[str, str]]:
    """Environment of both ends; what was sent is deleted."""
    pytest.importorskip("edx_event_bus_redis")
    import redis

    client = redis.Redis.from_url(f"{REDIS}/9")
    try:
        client.ping()
    except redis.RedisError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no Redis here: {error}")
    yield {"BUS": "redis", "BUS_REDIS": f"{REDIS}/9"}
    client.delete(f"{prefix}-analytics")


@pytest.fixture
def kafka_bus() -> Iterator[dict[str, str]]:
    """Environment of both ends, with a broker that lives as long as the test."""
    pytest.importorskip("edx_event_bus_kafka")
    pytest.importorskip(
        "confluent_kafka.schema_registry.avro", reason="confluent-kafka[avro,schema-registry] is not here"
    )
    command = [sys.executable, "-m", "tests.capture.kafka"]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdin and server.stdout
        broker, schemas = json.loads(server.stdout.readline())
        yield {"BUS": "kafka", "BUS_KAFKA": broker, "BUS_SCHEMAS": schemas}
        server.stdin.close()


@pytest.fixture
def start(prefix: str, tmp_path: Path) -> Iterator[Start]:
    """Starts Python on a project of its own, and ends what still runs."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.capture.bus",
        "BUS_PREFIX": prefix,
        "METAEDU_DATABASE": f"sqlite:///{tmp_path / 'outside.sqlite3'}",
        "METAEDU_DATA_DIR": str(tmp_path / "outside"),
        "METAEDU_DRAIN_SECONDS": "0.1",
    }
    running: list[subprocess.Popen[str]] = []

    def started(*arguments: str, bus: dict[str, str], end: str = "outside") -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env={**environment, **bus, "BUS_END": end},
            cwd=ROOT,
            text=True,
            stdout=subprocess.PIPE,
            stderr=(tmp_path / "errors").open("a"),
        )
        running.append(process)
        return process

    yield started
    for process in running:
        process.kill()
        process.communicate()


def finish(process: subprocess.Popen[str]) -> str:
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return output


def until(start: Start, bus: dict[str, str], wanted: str, consumer: subprocess.Popen[str], errors: Path) -> None:
    """Waits until so many responses of so many learners are there."""
    for _ in range(60):
        found = finish(start("-c", COUNT, bus=bus)).strip()
        if found == wanted:
            return
        assert consumer.poll() is None, errors.read_text()
        time.sleep(0.5)
    pytest.fail(f"{found} instead of {wanted}; {errors.read_text()[-3000:]}")


def test_events_of_the_platform_reach_a_project_outside_once_and_survive_its_absence(
    start: Start, redis_bus: dict[str, str], tmp_path: Path
) -> None:
    bus, errors = redis_bus, tmp_path / "errors"
    finish(start("manage.py", "migrate", "-v", "0", bus=bus))
    finish(start("-c", EMIT.format(0, 10), bus=bus, end="platform"))
    assert finish(start("-c", COUNT, bus=bus)).strip() == "0 0"  # the emitting process keeps nothing of it
    first = start("manage.py", *CONSUME, "metaedu", *FROM_WHERE_IT_STOPPED, bus=bus)
    until(start, bus, "10 10", first, errors)
    first.send_signal(signal.SIGTERM)
    first.wait(timeout=20)
    finish(start("-c", EMIT.format(10, 25), bus=bus, end="platform"))
    second = start("manage.py", *CONSUME, "metaedu", *FROM_WHERE_IT_STOPPED, bus=bus)
    until(start, bus, "25 25", second, errors)


class Group:
    """A consumer group's place in a topic, as Kafka's own tools see and set it."""

    def __init__(self, name: str, *, broker: str, topic: str) -> None:
        from confluent_kafka import Consumer, TopicPartition

        self._client = Consumer({"bootstrap.servers": broker, "group.id": name, "enable.auto.commit": False})
        partitions = self._client.list_topics(topic, timeout=10).topics[topic].partitions
        self._all = [TopicPartition(topic, number, 0) for number in partitions]

    def to_earliest(self) -> None:
        """While nobody is in the group."""
        self._client.commit(offsets=self._all, asynchronous=False)

    def consumed(self) -> int:
        """Messages that the group has acknowledged."""
        return sum(max(0, each.offset) for each in self._client.committed(self._all, timeout=10))


def test_over_kafka_events_arrive_once_from_before_the_consumer_and_may_come_again(
    start: Start, kafka_bus: dict[str, str], prefix: str, tmp_path: Path
) -> None:
    bus, errors = kafka_bus, tmp_path / "errors"
    topic = {"broker": bus["BUS_KAFKA"], "topic": f"{prefix}-analytics"}
    finish(start("manage.py", "migrate", "-v", "0", bus=bus))
    finish(start("-c", EMIT.format(0, 10), bus=bus, end="platform"))
    assert finish(start("-c", COUNT, bus=bus)).strip() == "0 0"

    for name in ("metaedu", "again"):  # which is given all that the first was given
        group = Group(name, **topic)
        group.to_earliest()  # a new group begins with what comes after it
        consumer = start("manage.py", *CONSUME, name, bus=bus)
        if name == "metaedu":
            until(start, bus, "10 10", consumer, errors)
            finish(start("-c", EMIT.format(10, 25), bus=bus, end="platform"))
        for _ in range(60):
            if group.consumed() == 25:
                break
            assert consumer.poll() is None, errors.read_text()
            time.sleep(0.5)
        assert group.consumed() == 25  # where it would go on from
        until(start, bus, "25 25", consumer, errors)
