"""Events as the platform emits them, made to measure."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

COURSE = "course-v1:Nordsee+TIDE101+2026"
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def block(name: str) -> str:
    return f"block-v1:Nordsee+TIDE101+2026+type@problem+block@{name}"


def context(user: int, name: str = "p1") -> dict[str, Any]:
    return {
        "course_id": COURSE,
        "user_id": user,
        "username": f"person-{user}",
        "ip": "203.0.113.9",
        "agent": "Firefox",
        "session": "secret-session",
        "host": "lms.example",
        "referer": "https://lms.example/unit",
        "module": {"display_name": "Tides", "usage_key": block(name)},
        "event_source": "server",
    }


def check(*, user: int = 41, name: str = "p1", attempt: int = 1, correct: bool = True, at: float = 0) -> dict[str, Any]:
    """`problem_check` in the in-process shape, `at` seconds after START."""
    return {
        "name": "problem_check",
        "timestamp": START + timedelta(seconds=at),
        "data": {
            "problem_id": block(name),
            "attempts": attempt,
            "grade": int(correct),
            "max_grade": 1,
            "success": "correct",
            "answers": {f"{name}_2_1": "my own words"},
            "correct_map": {f"{name}_2_1": {"correctness": "correct" if correct else "incorrect", "npoints": None}},
            "submission": {f"{name}_2_1": {"answer": "my own words", "response_type": "stringresponse"}},
        },
        "context": context(user, name),
    }


def hint(*, user: int = 41, name: str = "p1", at: float = 0) -> dict[str, Any]:
    return {
        "name": "edx.problem.hint.demandhint_displayed",
        "timestamp": START + timedelta(seconds=at),
        "data": {"module_id": block(name), "hint_index": 0, "hint_text": "Look up."},
        "context": context(user, name),
    }


def logged(event: dict[str, Any]) -> str:
    """The line that the platform's logger writes for an event."""
    where = event["context"]
    line = {
        "name": event["name"],
        "context": {key: where[key] for key in ("course_id", "user_id", "module")},
        "username": where["username"],
        "ip": where["ip"],
        "event": event["data"],
        "time": event["timestamp"].isoformat(),
        "event_type": event["name"],
        "event_source": "server",
        "page": "x_module",
    }
    return f"2026-03-02 08:00:00,461 INFO 20 [tracking] [user 41] [ip 203.0.113.9] logger.py:41 - {json.dumps(line)}"
