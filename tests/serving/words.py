"""Short ways to say what learners did."""

from __future__ import annotations

from typing import Any

from serving.types import Candidate, CourseMap, Response

NOW = 1_700_000_000.0
DAY = 86400.0


def response(id: str = "r1", item: str = "a1", correct: bool = True, **more: Any) -> Response:
    fields = {"course": "c", "learner": "l", "skills": (item[0],), "time": NOW, "score": float(correct)} | more
    return Response(id=id, item=item, correct=correct, **fields)


def course(*items: str, **more: Any) -> CourseMap:
    """Items such as `a1`: their first letter is their skill."""
    return CourseMap(candidates=tuple(Candidate(item=item, skills=(item[0],)) for item in items), **more)


def several(pattern: str, item: str = "a", start: int = 0, time: float = NOW) -> list[Response]:
    """`+-+` is right, wrong, right, to the skill's items one after the other, a minute apart."""
    return [
        response(f"{item}-{start + n}", f"{item}{start + n + 1}", sign == "+", time=time + 60 * n)
        for n, sign in enumerate(pattern)
    ]
