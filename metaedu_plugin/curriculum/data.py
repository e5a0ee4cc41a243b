"""What the curriculum tells the other apps, and the rows that importers hand to the writer."""

from __future__ import annotations

import datetime
from typing import Any

import msgspec


class CourseInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A course as learners take it."""

    key: str
    title: str
    url: str = ""
    ends: datetime.date | None = None
    enabled: bool = False
    """Whether learners see feedback."""
    by_platform: bool = False
    """Whether the platform's flag switches it on, whatever is set here."""


class SettingsInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What those who teach a course may set for it, with the defaults."""

    enabled: bool = False
    """Whether learners see feedback; the platform's flag may switch them on as well."""
    mastered: float = 0.85
    """Mastery from which a skill counts as mastered."""
    target: float = 0.75
    """Chance of success that practice aims at."""
    minutes_a_day: int = 20
    """Pace of a plan whose learner has set none."""
    compare: bool = False
    """Whether learners see the course's average beside their own range."""
    left_out: tuple[str, ...] = ()
    """Keys of items that are never suggested."""


class ChangeInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A change to a course's settings: its fields by name, as they were and as they became."""

    id: int
    by: str
    at: datetime.datetime
    before: dict[str, Any]
    after: dict[str, Any]


class SkillInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A knowledge component that items are tagged with."""

    key: str
    title: str
    position: int = 0
    prerequisites: tuple[str, ...] = ()
    """Keys of the skills that come before it."""
    is_unit: bool = False
    """Made from a unit of the course, for items that nobody tagged."""


class ItemInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One gradable part, with the skills that hold after the fall-backs."""

    key: str
    title: str
    url: str = ""
    unit: str = ""
    position: int = 0
    minutes: float = 2.0
    hints: int = 0
    """How many hints the problem offers."""
    options: dict[str, str] = {}
    """Text of each option by its choice id; empty where there are none, or none are known."""
    skills: tuple[str, ...] = ()
    offered: bool = True
    """Whether it may be suggested now."""
    starts: datetime.datetime | None = None
    """From when on learners can open it."""


class PageInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Something to read or watch."""

    title: str
    url: str
    minutes: float = 3.0
    skills: tuple[str, ...] = ()


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What an import saw, and how many of the rows are new to the course."""

    skills: int = 0
    items: int = 0
    pages: int = 0
    new: int = 0


class SkillRow(msgspec.Struct, frozen=True, kw_only=True):
    """A skill to write; `None` leaves a stored value as it is."""

    key: str
    title: str | None = None
    position: int | None = None
    prerequisites: tuple[str, ...] | None = None


class ItemRow(msgspec.Struct, frozen=True, kw_only=True):
    """An item to write; `None` leaves a stored value as it is."""

    key: str
    title: str | None = None
    url: str | None = None
    unit: str | None = None
    position: int | None = None
    minutes: float | None = None
    hints: int | None = None
    options: dict[str, str] | None = None
    skills: tuple[str, ...] | None = None


class PageRow(msgspec.Struct, frozen=True, kw_only=True):
    """A page to write, known by its address; `None` leaves a stored value as it is."""

    url: str
    title: str | None = None
    minutes: float | None = None
    skills: tuple[str, ...] | None = None


class PrerequisiteChangeInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A prerequisite that was declared or withdrawn by hand."""

    id: int
    skill: str
    before: str
    """Key of the skill that comes before."""
    declared: bool
    """Whether it was declared; else withdrawn."""
    by: str
    at: datetime.datetime
    holds: bool
    """Whether it still is as this change made it, so that it can be taken back."""
