"""Events as the platform emits them, written for these tests."""

from __future__ import annotations

import datetime
from typing import Any

COURSE = "course-v1:Owl+FRAC1+2026"


def problem(name: str) -> str:
    """Usage key of a problem."""
    return f"block-v1:Owl+FRAC1+2026+type@problem+block@{name}"


def answered(
    *,
    user: int,
    name: str = "add1",
    right: bool | tuple[bool, ...] = True,
    attempt: int = 1,
    time: datetime.datetime | None = None,
) -> dict[str, Any]:
    """`problem_check` of a problem with one part, or as many as there are values."""
    parts = right if isinstance(right, tuple) else (right,)
    inputs = {f"{name}_{number}_1": each for number, each in enumerate(parts, start=2)}
    moment = time or datetime.datetime.now(datetime.UTC)
    return {
        "name": "problem_check",
        "timestamp": moment,
        "data": {
            "problem_id": problem(name),
            "attempts": attempt,
            "success": "correct" if all(parts) else "incorrect",
            "grade": sum(parts),
            "max_grade": len(parts),
            "answers": dict.fromkeys(inputs, "choice_0"),
            "correct_map": {
                key: {
                    "correctness": "correct" if each else "incorrect",
                    "npoints": None,
                    "msg": "",
                    "hint": "",
                    "hintmode": None,
                    "queuestate": None,
                }
                for key, each in inputs.items()
            },
            "submission": {
                key: {"response_type": "multiplechoiceresponse", "input_type": "choicegroup", "correct": each}
                for key, each in inputs.items()
            },
        },
        "context": {
            "course_id": COURSE,
            "user_id": user,
            "username": "somebody",
            "module": {"usage_key": problem(name), "display_name": name},
            "event_source": "server",
        },
    }
