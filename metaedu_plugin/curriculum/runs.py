"""Runs of the same course: which there are, and what they call the same item."""

from __future__ import annotations

import re
from typing import Final

from metaedu_plugin.curriculum.models import Course

RUN: Final = re.compile(r"(?P<course>course-v1:[^+]+\+[^+]+\+|[^/:+]+/[^/]+/)(?P<run>[^/+]+)")
"""A course key of the platform: organisation, course and run. Other keys stand for courses of one run."""


def runs(*, course: str) -> list[str]:
    """Keys of the other runs of the course that are known, by name."""
    own = RUN.fullmatch(course)
    if own is None:
        return []
    found = Course.objects.filter(key__startswith=own["course"]).order_by("key").values_list("key", flat=True)
    # A database may not tell upper from lower case.
    return [key for key in found if same_course(key, course)]


def same_course(one: str, other: str) -> bool:
    """Whether two keys stand for different runs of the same course."""
    ours, theirs = RUN.fullmatch(one), RUN.fullmatch(other)
    return bool(ours and theirs) and one != other and ours["course"] == theirs["course"]  # type: ignore[index]


def run_name(*, course: str) -> str:
    """What a run is called within its course; the whole key where it names no run."""
    found = RUN.fullmatch(course)
    return found["run"] if found else course


def shared_key(*, course: str, item: str) -> str:
    """The item's key without the run, by which all runs know it.

    Keys of a library, and of old courses, name no run; they are the same in all of them.
    """
    return item.removeprefix(f"block-v1:{course.removeprefix('course-v1:')}+")
