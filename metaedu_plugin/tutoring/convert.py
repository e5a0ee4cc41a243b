"""Captured responses as the engine takes them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from metaedu_plugin.capture.api import Captured
from metaedu_plugin.curriculum import api as curriculum
from serving.types import UNKNOWN, Response


def to_responses(captured: Iterable[Captured]) -> list[Response]:
    """The same responses in the same order, with the skills of their items."""
    rows = list(captured)
    items: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        items[row.course].add(row.item)
    skills = {course: curriculum.skills_of(course=course, items=keys) for course, keys in items.items()}
    return [
        Response(
            id=row.key,
            course=row.course,
            learner=row.learner,
            item=row.item,
            skills=skills[row.course].get(row.item, ()),
            correct=row.correct,
            score=row.score,
            attempt=row.attempt,
            hints=row.hints,
            seconds=UNKNOWN if row.seconds is None else row.seconds,
            time=UNKNOWN if row.time is None else row.time.timestamp(),
        )
        for row in rows
    ]
