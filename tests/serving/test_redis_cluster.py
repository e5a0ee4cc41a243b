"""Three Redis that are a cluster: what one holds is one course's, and a learner is found across all of them."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from shutil import which

import pytest
import redis

from serving.engine import Asked, Engine
from serving.errors import StoreError
from serving.prior import PriorModel
from serving.stores import Address, Commit, Outcome, open_store
from serving.types import Feedback
from tests.serving.service.processes import free_port
from tests.serving.words import course, response

SLOTS = 16384


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[int]]:
    """Ports of its nodes, each with a third of the slots."""
    if which("redis-server") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("redis-server is not installed")
        pytest.skip("no redis-server to start")
    ports, processes = [], []
    for number in range(3):
        port, bus = free_port(), free_port()
        folder = tmp_path_factory.mktemp(f"node{number}")
        arguments = ["--port", str(port), "--cluster-port", str(bus), "--cluster-enabled", "yes", "--dir", str(folder)]
        processes.append(subprocess.Popen(["redis-server", *arguments, "--save", ""], stdout=subprocess.DEVNULL))
        ports.append((port, bus))
    try:
        nodes = [redis.Redis(port=port) for port, _ in ports]
        for number, node in enumerate(nodes):
            until(lambda node=node: node.ping())
            first, last = SLOTS * number // 3, SLOTS * (number + 1) // 3 - 1
            node.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
        for port, bus in ports[1:]:
            nodes[0].execute_command("CLUSTER", "MEET", "127.0.0.1", port, bus)
        for node in nodes:
            until(lambda node=node: b"cluster_state:ok" in node.execute_command("CLUSTER", "INFO", NEVER_DECODE=[]))
            until(lambda node=node: len(node.execute_command("CLUSTER SLOTS")) == 3)
        yield [port for port, _ in ports]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def until(there: object, seconds: float = 20.0) -> None:
    """Wait until `there()` is true."""
    end = time.monotonic() + seconds
    while True:
        try:
            if there():  # type: ignore[operator]
                return
        except redis.RedisError:
            pass
        assert time.monotonic() < end, "the cluster did not come up"
        time.sleep(0.05)


def test_courses_are_spread_and_learners_found_in_all_of_them(cluster: list[int]) -> None:
    store = open_store(f"redis+cluster://127.0.0.1:{cluster[0]}")
    store.ping()
    engine = Engine(PriorModel(), store)
    for number in range(12):
        for learner in "ab":
            engine.observe(response(f"{number}", learner=learner, course=f"course-{number}"))
    assert all(redis.Redis(port=port).dbsize() > 0 for port in cluster)
    told = [
        engine.mastery(course=f"course-{number}", learner="a", skills=["a"], now=0)[0].responses for number in range(12)
    ]
    assert told == [1] * 12
    engine.forget(learner="a", course="course-3")
    assert engine.mastery(course="course-3", learner="a", skills=["a"], now=0)[0].responses == 0
    engine.forget(learner="a")
    told = [
        sum(each.responses for each in row)
        for number in range(12)
        for row in engine.mastery_many(course=f"course-{number}", learners=["a", "b"], skills=["a"], now=0)
    ]
    assert told == [0, 1] * 12


def test_several_learners_are_answered_together_and_each_once(cluster: list[int]) -> None:
    engine = Engine(PriorModel(), open_store(f"redis+cluster://127.0.0.1:{cluster[1]}"))
    asked = [Asked(response("r", learner=f"l{n}", course="together"), course("a1", "a2")) for n in range(6)]
    for _ in range(2):
        assert all(isinstance(each, Feedback) for each in engine.observe_each(asked))
    store = open_store(f"redis+cluster://127.0.0.1:{cluster[2]}")
    at = Address("s", "another", "l")
    assert store.commit(at, Commit(["r"], 0, b"1", {"t": (1, 1, 0, 0, 1)})) is Outcome.APPLIED
    assert store.commit(at, Commit(["r"], 1, b"2", {"t": (1, 1, 0, 0, 1)})) is Outcome.DUPLICATE
    assert store.load(at, ["t"]).counts.tolist() == [[1, 1, 0, 0, 1]]


def test_no_cluster_there_is_said() -> None:
    with pytest.raises(StoreError, match="check that it runs"):
        open_store(f"redis+cluster://127.0.0.1:{free_port()}")
