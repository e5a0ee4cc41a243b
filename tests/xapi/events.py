"""Events of the platform about problems, in full, written for these tests: both of metaedu's ways read them."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

START = datetime.datetime(2026, 3, 2, 9, tzinfo=datetime.UTC)
COURSE = "course-v1:Owl+FRAC1+2026"


def at(minute: float) -> datetime.datetime:
    """A moment of that morning, with the microseconds that real ones have."""
    return START + datetime.timedelta(minutes=minute, microseconds=5451)


def block(name: str, *, course: str = COURSE, kind: str = "problem") -> str:
    """Usage key of a block."""
    return f"block-v1:{course.removeprefix('course-v1:')}+type@{kind}+block@{name}"


def _event(name: str, data: dict[str, Any], *, user: int, minute: float, course: str, of: str) -> dict[str, Any]:
    return {
        "name": name,
        "user": user,
        "time": at(minute).isoformat(),
        "data": data,
        "context": {
            "course_id": course,
            "org_id": "Owl",
            "user_id": user,
            "path": "/",
            "referer": "https://learn.example.org/",
            "event_source": "server",
            "module": {"usage_key": of, "display_name": f"Problem {of[-4:]}"},
        },
    }


def answered(
    user: int,
    name: str,
    parts: Sequence[str],
    *,
    minute: float,
    attempt: int = 1,
    course: str = COURSE,
    grade: float | None = None,
) -> dict[str, Any]:
    """`problem_check`; a part is correct, incorrect or partially-correct, and the platform calls the last correct."""
    inputs = {f"{name}_{number}_1": each for number, each in enumerate(parts, start=2)}
    right = {key: each != "incorrect" for key, each in inputs.items()}
    points = sum(each == "correct" for each in parts) if grade is None else grade
    return _event(
        "problem_check",
        {
            "problem_id": block(name, course=course),
            "attempts": attempt,
            "success": "correct" if all(right.values()) else "incorrect",
            "grade": points,
            "max_grade": len(parts),
            "answers": dict.fromkeys(inputs, "choice_0"),
            "correct_map": {
                key: {"correctness": each, "npoints": None, "msg": "", "hint": "", "hintmode": None, "queuestate": None}
                for key, each in inputs.items()
            },
            "submission": {
                key: {
                    "question": "How much is it?",
                    "answer": "a half",
                    "response_type": "multiplechoiceresponse",
                    "input_type": "choicegroup",
                    "correct": right[key],
                    "variant": "",
                    "group_label": "",
                }
                for key in inputs
            },
            "state": {},
        },
        user=user,
        minute=minute,
        course=course,
        of=block(name, course=course),
    )


def hinted(user: int, name: str, *, minute: float, course: str = COURSE) -> dict[str, Any]:
    """A hint that was asked for."""
    of = block(name, course=course)
    data = {"module_id": of, "hint_index": 0, "hint_len": 1, "hint_text": "Half", "hint_label": "Hint", "hints": []}
    return _event("edx.problem.hint.demandhint_displayed", data, user=user, minute=minute, course=course, of=of)


def shown(user: int, name: str, *, minute: float, course: str = COURSE) -> dict[str, Any]:
    """An answer that was shown."""
    of = block(name, course=course)
    return _event("showanswer", {"problem_id": of}, user=user, minute=minute, course=course, of=of)


def completed(user: int, name: str, *, minute: float, done: float = 1.0, course: str = COURSE) -> dict[str, Any]:
    """A block that was finished, or begun."""
    of = block(name, course=course, kind="html")
    data = {
        "user_id": user,
        "course_id": course,
        "context_key": course,
        "block_id": of,
        "block_type": "html",
        "completion": done,
    }
    return _event("edx.completion.block_completion.changed", data, user=user, minute=minute, course=course, of=of)


def enrolled(user: int, *, minute: float, course: str = COURSE) -> dict[str, Any]:
    """A new enrolment."""
    data = {"course_id": course, "user_id": user, "mode": "audit"}
    return _event("edx.course.enrollment.activated", data, user=user, minute=minute, course=course, of="")


def in_process(event: dict[str, Any]) -> dict[str, Any]:
    """The event as the platform hands it to a backend, which is what capture takes."""
    return {
        "name": event["name"],
        "timestamp": datetime.datetime.fromisoformat(event["time"]),
        "data": event["data"],
        "context": event["context"],
    }
