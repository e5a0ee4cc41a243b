"""The map of a course that the choice of a next action reads, kept in the process until the course changes."""

from __future__ import annotations

from metaedu_plugin.curriculum import reading
from metaedu_plugin.curriculum.models import Course
from serving.types import Candidate, CourseMap

_kept: dict[str, tuple[tuple[int, int], CourseMap]] = {}
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
    if kept is None or kept[0] != stamp:
        if len(_kept) >= KEPT_COURSES:
            _kept.clear()
        kept = _kept[course] = (stamp, _build(course))
    return kept[1]


def _build(course: str) -> CourseMap:
    items = reading.items(course=course)
    readable = {skill for page in reading.pages(course=course) for skill in page.skills}
    # A problem whose parts have entries of their own is answered part by part, and its statistics are theirs.
    split = {key.partition("#")[0] for key in items if "#" in key}
    skills = reading.skills(course=course)
    return CourseMap(
        candidates=tuple(
            Candidate(
                item=item.key,
                skills=item.skills,
                minutes=item.minutes,
                pages=not readable.isdisjoint(item.skills),
            )
            for item in sorted(items.values(), key=lambda item: item.position)
            if item.key not in split
        ),
        prerequisites={skill.key: skill.prerequisites for skill in skills.values() if skill.prerequisites},
        readable=tuple(key for key in skills if key in readable),
    )
