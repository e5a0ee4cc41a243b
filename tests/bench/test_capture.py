"""What the bench of capture would say: its events are the platform's, and a loss is not overlooked."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from bench import capture
from metaedu_plugin.capture import events
from metaedu_plugin.capture.rows import Batch

EMITS = {
    "costs": {"none": [(0.03, 0.03)], "capture": [(0.1, 0.1)], "queue": [(3.0, 2.0)]},
    "waits": [600.0],
    "late": 0,
    "kept": 1,
}
PASSED = {
    "lost": 0, "unwritten": 0, "twice": 0, "dead": 0, "broken": 2, "seconds": 20.0, "away": 10.0, "p99": 0.2,
    "slowest": 9.0, "drainer": 80.0, "writer": 60.0,
}  # fmt: skip


def met(**changes: Any) -> dict[str, bool | None]:
    found = capture.figures(EMITS, {**PASSED, **changes}, 10)
    return {figure: met for figure, _, _, _, met, _ in found}


def test_each_event_is_one_response() -> None:
    batch = Batch()
    for event in capture.submissions(300):
        events.read({**event, "timestamp": capture.START}, source="bench", into=batch)
    assert (len(batch.rows), batch.refused, batch.ignored) == (300, [], 0)


@pytest.mark.parametrize(
    ("what", "figure"),
    [("lost", "events lost"), ("unwritten", "events lost"), ("twice", "events stored twice"), ("dead", "dead letters")],
)
def test_a_loss_is_a_mark_that_is_not_met(what: str, figure: str) -> None:
    assert met()[figure] is True
    assert met(**{what: 1})[figure] is False


def test_the_way_to_the_database_can_be_cut_and_opened() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        way = capture.Way(*server.getsockname())
        for _ in range(2):
            way.begin()
            near = socket.create_connection(("127.0.0.1", way.port), timeout=5)
            far, _ = server.accept()
            near.sendall(b"there")
            assert far.recv(5) == b"there"
            far.sendall(b"back")
            assert near.recv(4) == b"back"
            assert way.cut() == 1
            assert near.recv(1) == b""
            near.close()
            far.close()
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", way.port), timeout=5)
