"""The map of a course with the parts of its problems, as far as anybody has answered them.

Responses are to parts (`problem#part`), while a curriculum often knows problems only. Were a problem a candidate
under its own key, nobody would ever have answered it: what is solved would be suggested again, a slip never retried.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from metaedu_plugin.capture.api import Captured
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.tutoring.models import KnownPart
from serving.types import Candidate, CourseMap

KEPT = 64
BATCH = 500

_seen: set[tuple[str, str]] = set()
_maps: dict[str, tuple[CourseMap, int, CourseMap]] = {}


def learn(rows: Iterable[Captured]) -> None:
    """Remember the parts that were answered."""
    new = {(row.course, row.item): row.problem for row in rows if row.item != row.problem}
    for key in _seen.intersection(new):
        del new[key]
    if not new:
        return
    KnownPart.objects.bulk_create(
        [KnownPart(course=course, item=item, problem=problem) for (course, item), problem in new.items()],
        ignore_conflicts=True,
        batch_size=BATCH,
    )
    _seen.update(new)


def course_map(*, course: str) -> CourseMap:
    """The curriculum's map; the same object while nothing changes, so that the engine lays it out once."""
    plain = curriculum.course_map(course=course)
    count = KnownPart.objects.filter(course=course).count()
    kept = _maps.get(course)
    if kept is None or kept[0] is not plain or kept[1] != count:
        if len(_maps) >= KEPT:
            _maps.clear()
        kept = _maps[course] = (plain, count, _split(plain, course))
    return kept[2]


def clear() -> None:
    """Forget what this process knows of the database, when that was replaced."""
    _seen.clear()
    _maps.clear()


def _split(plain: CourseMap, course: str) -> CourseMap:
    known: dict[str, list[str]] = defaultdict(list)
    for problem, item in KnownPart.objects.filter(course=course).order_by("item").values_list("problem", "item"):
        known[problem].append(item)
    listed = {each.item for each in plain.candidates}
    candidates: list[Candidate] = []
    for each in plain.candidates:
        items = [item for item in known[each.item] if item not in listed] or [each.item]
        minutes = each.minutes / len(items)
        candidates += [msgspec.structs.replace(each, item=item, minutes=minutes) for item in items]
    return msgspec.structs.replace(plain, candidates=tuple(candidates))
