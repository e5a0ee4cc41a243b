"""Roles of the demo platform: the staff of a course are a Django group, operators are the site's staff."""

from __future__ import annotations

from typing import Any


def staff_group(course_key: str) -> str:
    """Name of the group whose members teach the course."""
    return f"staff of {course_key}"


def is_course_staff(user: Any, course_key: str) -> bool:
    """Teachers of the course, and superusers; named in `METAEDU_COURSE_STAFF`."""
    return bool(
        user.is_authenticated
        and user.is_active
        and (user.is_superuser or user.groups.filter(name=staff_group(course_key)[:150]).exists())
    )
