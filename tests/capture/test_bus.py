"""Over the event bus to a process outside of the platform: real Redis, the bus's own producer and consumer."""

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

pytest.importorskip("edx_event_bus_redis")
REDIS = os.environ.get("METAEDU_TEST_REDIS", "redis://127.0.0.1:6379")
EMIT = "import django; django.setup(); from tests.capture import bus; bus.emit({}, {})"
COUNT = """
import django; django.setup()
from metaedu_plugin.capture.models import Response
print(Response.objects.count(), Response.objects.values("learner").distinct().count())
"""
CONSUME = ("consume_events", "-t", "analytics", "-g", "metaedu", "--extra")
FROM_WHERE_IT_STOPPED = json.dumps({"consumer_name": "one", "check_backlog": True})

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts Python on a project of its own, and ends what still runs."""
    import redis

    client = redis.Redis.from_url(f"{REDIS}/9")
    try:
        client.ping()
    except redis.RedisError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no Redis here: {error}")
    prefix = f"metaedu-test-{uuid.uuid4().hex[:12]}"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.capture.bus",
        "BUS_PREFIX": prefix,
        "METAEDU_DATABASE": f"sqlite:///{tmp_path / 'outside.sqlite3'}",
        "METAEDU_DATA_DIR": str(tmp_path / "outside"),
        "METAEDU_DRAIN_SECONDS": "0.1",
    }
    running: list[subprocess.Popen[str]] = []

    def started(*arguments: str, end: str = "outside") -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env={**environment, "BUS_END": end},
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
    client.delete(f"{prefix}-analytics")


def finish(process: subprocess.Popen[str]) -> str:
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return output


def until(start: Start, wanted: str, consumer: subprocess.Popen[str], errors: Path) -> None:
    """Waits until so many responses of so many learners are there."""
    for _ in range(30):
        found = finish(start("-c", COUNT)).strip()
        if found == wanted:
            return
        assert consumer.poll() is None, errors.read_text()
        time.sleep(0.5)
    pytest.fail(f"{found} instead of {wanted}; {errors.read_text()[-3000:]}")


def test_events_of_the_platform_reach_a_project_outside_once_and_survive_its_absence(
    start: Start, tmp_path: Path
) -> None:
    finish(start("manage.py", "migrate", "-v", "0"))
    finish(start("-c", EMIT.format(0, 10), end="platform"))
    assert finish(start("-c", COUNT)).strip() == "0 0"  # the emitting process keeps nothing of it
    first = start("manage.py", *CONSUME, FROM_WHERE_IT_STOPPED)
    until(start, "10 10", first, tmp_path / "errors")
    first.send_signal(signal.SIGTERM)
    first.wait(timeout=20)
    finish(start("-c", EMIT.format(10, 25), end="platform"))
    second = start("manage.py", *CONSUME, FROM_WHERE_IT_STOPPED)
    until(start, "25 25", second, tmp_path / "errors")
