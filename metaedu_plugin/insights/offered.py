"""The items of a course as those who teach it choose among them: problems, or parts that have entries of their own."""

from __future__ import annotations

from dataclasses import dataclass

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum


@dataclass(frozen=True)
class Choice:
    """An item to choose."""

    key: str
    title: str
    skills: str
    """Titles, in a row."""
    faulty: bool = False
    """Whether it is marked as faulty, and left out for that."""
    left_out: bool = False


def choices(*, course: str, left_out: tuple[str, ...] = (), parts: bool = False) -> list[Choice]:
    """The course's problems in its order; with `parts`, their parts where these have entries of their own."""
    items = curriculum.items(course=course)
    titles = {key: one.title for key, one in curriculum.skills(course=course).items()}
    faulty = {capture.problem_of(key) for key in curriculum.faulty_items(course=course)}
    out = {capture.problem_of(key) for key in left_out}
    split = {capture.problem_of(key) for key in items if "#" in key}
    found: dict[str, Choice] = {}
    for item in sorted(items.values(), key=lambda one: one.position):
        problem = capture.problem_of(item.key)
        # Of a problem that stands beside its parts, the problem is chosen and the parts are answered.
        name = item.key if parts or problem not in items else problem
        if (parts and item.key in split) or (not parts and problem in found):
            continue
        about = items.get(name, item)
        found[item.key if parts else problem] = Choice(
            key=name,
            title=about.title or name,
            skills=", ".join(titles.get(skill, skill) for skill in item.skills),
            faulty=problem in faulty,
            left_out=problem in out,
        )
    return list(found.values())
