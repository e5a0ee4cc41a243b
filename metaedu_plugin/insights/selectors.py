"""A class as it is now, computed once for each state of its answers."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass

from django.core.cache import cache

from metaedu_plugin.capture import api as capture
from metaedu_plugin.insights import classroom, columns
from metaedu_plugin.insights.classroom import Classroom
from metaedu_plugin.registry import api as registry

KEEP_SECONDS = 600
"""A class is looked at afresh after this in any case: someone may have been forgotten, a course edited."""
COSTLY_SECONDS = 2.0
COSTLY_FACTOR = 20
"""A class that took long to compute is kept for so many times that long, even while answers come in."""


@dataclass(frozen=True)
class _Kept:
    view: Classroom
    newest: int
    made: float
    cost: float


def classroom_of(*, course: str) -> Classroom:
    """The class of a course; empty where nothing was captured."""
    key = _key(course)
    kept = cache.get(key)
    if isinstance(kept, _Kept) and _holds(kept, course):
        return kept.view
    began = time.monotonic()
    answers, newest = columns.read(capture.responses(course=course))
    view = classroom.look(course=course, answers=answers, tutor=registry.tutor())
    cost = time.monotonic() - began
    cache.set(key, _Kept(view=view, newest=newest, made=time.time(), cost=cost), KEEP_SECONDS)
    return view


def forget(*, course: str) -> None:
    """Compute the class afresh at the next look."""
    cache.delete(_key(course))


def _holds(kept: _Kept, course: str) -> bool:
    if kept.cost > COSTLY_SECONDS and time.time() - kept.made < COSTLY_FACTOR * kept.cost:
        return True
    return next(iter(capture.responses(course=course, after=kept.newest)), None) is None


def _key(course: str) -> str:
    champion = registry.champion()
    text = f"{course}\n{champion.name if champion else ''}"
    return f"metaedu:insights:{hashlib.sha256(text.encode()).hexdigest()[:40]}"
