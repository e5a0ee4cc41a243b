"""Events in, rows out."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from metaedu_plugin.capture import api, events
from metaedu_plugin.capture.rows import Batch
from tests.capture.payloads import check

FIXTURES = sorted((Path(__file__).parent / "fixtures" / "events").glob("*.json"))
PERSONAL = ("imke.hansen", "203.0.113.9", "Firefox", "5d3e-session", "lms.nordsee", "grandmother", "free words")


def read(event: Any) -> Batch:
    batch = Batch()
    events.read(event, source="live", into=batch)
    return batch


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_fixture(path: Path) -> None:
    case = json.loads(path.read_text())
    batch = read(case["event"])
    assert not batch.refused
    assert batch.ignored == (not case["rows"])
    got = [
        {name: _plain(getattr(row, name)) for name in want} for row, want in zip(batch.rows, case["rows"], strict=True)
    ]
    assert got == case["rows"]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_slim_event_says_the_same_and_nothing_personal(path: Path) -> None:
    event = json.loads(path.read_text())["event"]
    slim = events.slim(event)
    if slim is not None:
        text = json.dumps(slim)
        assert not [word for word in PERSONAL if word in text]
        assert [row.key for row in read(slim).rows] == [row.key for row in read(event).rows]


def test_same_event_has_the_same_key_in_both_shapes() -> None:
    live = json.loads((FIXTURES[0].parent / "problem_check_one_input.json").read_text())["event"]
    log = json.loads((FIXTURES[0].parent / "problem_check_log_shape.json").read_text())["event"]
    live["timestamp"] = datetime(2026, 3, 2, 8, 15, 30, 125, tzinfo=UTC)
    log["time"] = "2026-03-02T09:15:30.000125+01:00"
    assert [row.key for row in read(live).rows] == [row.key for row in read(log).rows]


def _without(path: str) -> dict[str, Any]:
    event = check()
    *parents, last = path.split(".")
    section = event
    for name in parents:
        section = section[name]
    del section[last]
    return event


BROKEN = {
    "no user": (_without("context.user_id"), "missing_field"),
    "a name as user": ({**check(), "context": {**check()["context"], "user_id": "imke"}}, "missing_field"),
    "a number that is no id": ({**check(), "context": {**check()["context"], "user_id": 2**63}}, "missing_field"),
    "a truth value as user": ({**check(), "context": {**check()["context"], "user_id": True}}, "missing_field"),
    "no correct_map": (_without("data.correct_map"), "missing_field"),
    "no attempts": (_without("data.attempts"), "missing_field"),
    "no data": (_without("data"), "missing_field"),
    "no time": (_without("timestamp"), "bad_time"),
    "odd time": ({**check(), "timestamp": "yesterday"}, "bad_time"),
    "data is text": ({**check(), "data": "a=b"}, "missing_field"),
    "part is text": ({**check(), "data": {**check()["data"], "correct_map": {"p1_2_1": "correct"}}}, "wrong_type"),
    "new label": (
        {**check(), "data": {**check()["data"], "correct_map": {"x": {"correctness": "so-so"}}}},
        "unknown_correctness",
    ),
    "long key": (check(name="x" * 300), "too_long"),
    "no object": (["problem_check"], "wrong_type"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_wanted_event_is_refused_with_its_reason(name: str) -> None:
    event, reason = BROKEN[name]
    batch = read(event)
    assert [letter.reason for letter in batch.refused] == [reason]
    assert not batch.rows


def test_half_a_character_does_not_stop_capture() -> None:
    event = check()
    event["data"]["submission"]["p1_2_1"]["response_type"] = "optionresponse"
    event["data"]["answers"]["p1_2_1"] = "half \ud83d"
    assert api.ingest(events=[event], source="live").responses == 1


@pytest.mark.skipif(
    "METAEDU_EVENT_SAMPLES" not in os.environ, reason="METAEDU_EVENT_SAMPLES names no folder of samples"
)
def test_samples_of_the_platform() -> None:
    folder = Path(os.environ["METAEDU_EVENT_SAMPLES"])
    for path in sorted(folder.glob("*.json")):
        counts = api.import_file(path=path)
        assert counts.dead == 0, path
        if "problem_check(server" in path.name:
            assert counts.responses + counts.duplicates > 0, path
    assert api.import_file(path=folder / "tracking.log").responses == 1
