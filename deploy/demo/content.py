"""The authored course: TOML files to frozen structs, one file per unit."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import msgspec

FOLDER = Path(__file__).parent / "course"


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One input of a problem: what becomes one item."""

    kind: str
    question: str
    answer: tuple[str, ...]
    """The right options, or the right number."""
    true_answer: tuple[str, ...] = ()
    """What is really right, where the key is wrong on purpose."""
    options: tuple[str, ...] = ()
    tolerance: float = 0.0
    unit: str = ""
    check: str = ""
    """How the number comes about, for the test of the answer key."""
    common_errors: tuple[str, ...] = ()
    """Numbers that people arrive at, for the simulated class."""


class Problem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A problem with one or more parts."""

    id: str
    title: str
    hints: tuple[str, ...]
    explanation: str
    part: tuple[Part, ...]
    difficulty: float = 0.0
    """Logit, for the simulated class."""
    minutes: float = 1.5
    faulty_for_demo: bool = False
    """Its key is wrong on purpose, so that the insights have something true to find."""

    def inputs(self) -> list[tuple[str, Part]]:
        """Parts with their input ids, as the platform counts them: ID_2_1, ID_3_1, …"""
        return [(f"{self.id}_{number}_1", part) for number, part in enumerate(self.part, start=2)]


class Reading(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The page to read before the problems of a unit."""

    title: str
    text: str
    minutes: float = 2.0


class Unit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One skill of the course: a page and its problems."""

    key: str = ""
    title: str
    prerequisites: tuple[str, ...] = ()
    page: Reading
    problem: tuple[Problem, ...]
    hard_for_demo: bool = False


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """The whole course."""

    key: str
    title: str
    about: str
    days: int
    units: tuple[Unit, ...]

    def block(self, kind: str, name: str) -> str:
        """Usage key of a block of the course."""
        return f"{self.key.replace('course-v1:', 'block-v1:', 1)}+type@{kind}+block@{name}"

    def problems(self) -> list[tuple[Unit, Problem]]:
        """All problems in course order."""
        return [(unit, problem) for unit in self.units for problem in unit.problem]

    def find(self, problem: str) -> tuple[Unit, Problem] | None:
        """The problem of that id."""
        return next(((unit, found) for unit, found in self.problems() if found.id == problem), None)

    def unit(self, key: str) -> Unit | None:
        """The unit of that key."""
        return next((unit for unit in self.units if unit.key == key), None)


class _CourseFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    key: str
    title: str
    about: str
    days: int
    units: tuple[str, ...]


@lru_cache(maxsize=1)
def course() -> Course:
    """The demo course. Raises msgspec.ValidationError, naming the field, where a file is wrong."""
    head = msgspec.toml.decode((FOLDER / "course.toml").read_bytes(), type=_CourseFile)
    units = (
        msgspec.structs.replace(msgspec.toml.decode((FOLDER / f"{key}.toml").read_bytes(), type=Unit), key=key)
        for key in head.units
    )
    return Course(key=head.key, title=head.title, about=head.about, days=head.days, units=tuple(units))
