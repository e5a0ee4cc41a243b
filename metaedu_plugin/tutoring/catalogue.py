"""Titles and links of a course, read once for one answer."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TypedDict

from metaedu_plugin.curriculum import api as curriculum


class Link(TypedDict):
    """Where a suggestion leads."""

    title: str
    url: str
    minutes: int


class Catalogue:
    """What the curriculum says about the keys in one answer."""

    def __init__(self, course: str, items: Iterable[str | None] = ()) -> None:
        self.course = course
        self._items = sorted({key for key in items if key})

    @cached_property
    def _skills(self) -> dict[str, curriculum.SkillInfo]:
        return curriculum.skills(course=self.course)

    @cached_property
    def _pages(self) -> list[curriculum.PageInfo]:
        return curriculum.pages(course=self.course)

    @cached_property
    def _found(self) -> dict[str, curriculum.ItemInfo]:
        return curriculum.items(course=self.course, keys=self._items) if self._items else {}

    def skills(self) -> list[str]:
        """The course's skills, in order."""
        return list(self._skills)

    def skill(self, key: str | None) -> str:
        """A skill's title; empty for none."""
        if not key:
            return ""
        return self._skills[key].title if key in self._skills else key

    def title(self, item: str) -> str:
        """An item's title; empty where the curriculum does not know it, since a key says nothing to a person."""
        return self._found[item].title if item in self._found else ""

    def reading(self, skills: Iterable[str]) -> list[Link]:
        """Pages about any of the skills."""
        wanted = set(skills)
        if not wanted:
            return []
        return [
            Link(title=page.title, url=page.url, minutes=_minutes(page.minutes))
            for page in self._pages
            if wanted.intersection(page.skills)
        ]

    def link(self, *, kind: str, item: str | None, skill: str | None) -> Link | None:
        """Where an action of this kind leads: a page for reading, else the item; None when neither has an address."""
        if kind == "read" and skill and (pages := self.reading([skill])):
            return pages[0]
        found = self._found.get(item or "")
        if found is None or not found.url:
            return None
        return Link(title=found.title, url=found.url, minutes=_minutes(found.minutes))


def _minutes(minutes: float) -> int:
    return max(1, round(minutes))
