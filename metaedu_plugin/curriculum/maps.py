"""The map of a course that the choice of a next action reads, kept in the process until the course changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

import msgspec
from django.db.models import Min
from django.utils import timezone

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import correcting, reading, settings
from metaedu_plugin.curriculum.models import Course, Item, Page
from serving.types import Candidate, CourseMap

_kept: dict[str, tuple[tuple[int, int], datetime | None, CourseMap]] = {}
"""With the revision that a map was made of, and the moment at which something more can be opened."""
KEPT_COURSES = 64


def course_map(*, course: str) -> CourseMap:
    """What the course offers; empty for a course that nobody has heard of.

    Costs one indexed query while nothing changes: the row's revision tells every process of a change
    that another one made.
    """
    stamp = Course.objects.filter(key=course).values_list("pk", "revision").first()
    if stamp is None:
        return CourseMap()
    kept = _kept.get(course)
    if kept is None or kept[0] != stamp or (kept[1] and kept[1] <= timezone.now()):
        if len(_kept) >= KEPT_COURSES:
            _kept.clear()
        kept = _kept[course] = (stamp, _next_start(stamp[0]), _build(course, settings.settings(course=course).left_out))
    return kept[2]


def trial_map(*, course: str, left_out: Collection[str]) -> CourseMap:
    """The map as it would be with these items left out instead of those that the course's settings name."""
    if not set(left_out).issuperset(settings.settings(course=course).left_out):
        return _build(course, left_out)
    here = course_map(course=course)
    return msgspec.structs.replace(here, candidates=tuple(_without(here.candidates, left_out)))


def _next_start(course_id: int) -> datetime | None:
    """When the next item or page can be opened; none where nothing waits."""
    ahead = [
        model._default_manager.filter(course_id=course_id, starts__gt=timezone.now()).aggregate(first=Min("starts"))[
            "first"
        ]
        for model in (Item, Page)
    ]
    return min(filter(None, ahead), default=None)


def _build(course: str, left_out: Collection[str]) -> CourseMap:
    items = reading.items(course=course)
    readable = {skill for page in reading.pages(course=course) for skill in page.skills}
    # A problem whose parts have entries of their own is answered part by part, and its statistics are theirs.
    split = {capture.problem_of(key) for key in items if "#" in key}
    skills = reading.skills(course=course)
    faulty = correcting.faulty_items(course=course) | set(left_out)
    offered = (
        Candidate(
            item=item.key,
            skills=item.skills,
            minutes=item.minutes,
            pages=not readable.isdisjoint(item.skills),
        )
        for item in sorted(items.values(), key=lambda item: item.position)
        if item.key not in split and item.offered
    )
    return CourseMap(
        candidates=tuple(_without(offered, faulty)),
        prerequisites={skill.key: skill.prerequisites for skill in skills.values() if skill.prerequisites},
        readable=tuple(key for key in skills if key in readable),
    )


def _without(candidates: Iterable[Candidate], left_out: Collection[str]) -> Iterator[Candidate]:
    """Those that are not left out: who is sent to a problem meets all of its parts."""
    out = {*left_out, *map(capture.problem_of, left_out)}
    for one in candidates:
        if one.item not in out and capture.problem_of(one.item) not in out:
            yield one
