"""What those who teach a course set for it: read, checked, changed, and taken back. Each change is logged."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from django.db import transaction
from django.utils.translation import gettext

from metaedu_plugin.curriculum import reading, writing
from metaedu_plugin.curriculum.data import ChangeInfo, SettingsInfo
from metaedu_plugin.curriculum.errors import CurriculumError
from metaedu_plugin.curriculum.models import Course, CourseSettings, SettingsChange
from serving.types import Policy

LIMITS: Final[Mapping[str, tuple[float, float]]] = {
    "mastered": (0.60, 0.95),
    "target": (0.50, 0.90),
    "minutes_a_day": (5, 240),
}
"""Least and most of each number. Below 0.6 nothing is mastered; above 0.95 nobody gets there, however good they are."""
DEFAULTS: Final = SettingsInfo()
STORED: Final = tuple(name for name in SettingsInfo.__struct_fields__ if name != "enabled")


def settings(*, course: str) -> SettingsInfo:
    """The course's settings; the defaults for a course that nobody has heard of."""
    row = Course.objects.filter(key=course).select_related("settings").first()
    return _info(row) if row else DEFAULTS


def policy(*, course: str) -> Policy:
    """How next actions are chosen in the course. One indexed query, so that a change holds at once in every process."""
    found = CourseSettings.objects.filter(course__key=course).values_list("mastered", "target", "minutes_a_day").first()
    return policy_of(DEFAULTS) if found is None else _policy(*found)


def policy_of(wanted: SettingsInfo) -> Policy:
    """The policy that these settings make."""
    return _policy(wanted.mastered, wanted.target, wanted.minutes_a_day)


def check(wanted: SettingsInfo, *, course: str) -> None:
    """Raises CurriculumError, with a line for each mistake, for what is beyond the limits or not in the course."""
    names = {
        "mastered": gettext("The mastery threshold"),
        "target": gettext("The chance of success that practice aims at"),
        "minutes_a_day": gettext("The minutes a day"),
    }
    problems = []
    for name, (least, most) in LIMITS.items():
        value = getattr(wanted, name)
        if not (math.isfinite(value) and least <= value <= most):
            scale, sign = (1, "") if name == "minutes_a_day" else (100, " %")
            problems.append(
                gettext("%(name)s must be between %(least)s and %(most)s.")
                % {"name": names[name], "least": f"{scale * least:g}{sign}", "most": f"{scale * most:g}{sign}"}
            )
    # What was left out before may have gone from the course since: no mistake of whoever changes something else.
    before = settings(course=course).left_out
    new = [key for key in wanted.left_out if key not in before]
    known = reading.items(course=course, keys=new) if new else {}
    problems += [
        gettext("The course has no item '%(item)s': take it off the list.") % {"item": key}
        for key in new
        if key not in known
    ]
    if problems:
        raise CurriculumError(problems)


def change(*, course: str, wanted: SettingsInfo, by: str, seen: SettingsInfo | None = None) -> ChangeInfo | None:
    """Set them and log who did; None where nothing changes.

    With `seen`, only as long as the settings are still those: raises CurriculumError when somebody was faster, for a
    course that nobody has heard of, and as `check`.
    """
    wanted = msgspec.structs.replace(wanted, left_out=tuple(sorted(set(wanted.left_out))))
    check(wanted, course=course)
    with transaction.atomic():
        row = Course.objects.select_for_update().filter(key=course).first()
        if row is None:
            raise CurriculumError(gettext("There is no such course yet: import its structure, or an items table."))
        now = _info(row)
        if seen is not None and now != seen:
            raise CurriculumError(
                gettext("Somebody has changed the settings meanwhile. Look at what they are now, and try again.")
            )
        before, after = _fields(now), _fields(wanted)
        changed = [name for name in after if after[name] != before[name]]
        if not changed:
            return None
        Course.objects.filter(pk=row.pk).update(enabled=wanted.enabled)
        CourseSettings.objects.update_or_create(course=row, defaults={name: after[name] for name in STORED})
        made = SettingsChange.objects.create(
            course=row,
            by=by[:150],
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )
        writing.touch(course_id=row.pk)
    return _change(made)


def changes(*, course: str, most: int = 50) -> list[ChangeInfo]:
    """The latest changes, the latest first."""
    return [_change(row) for row in SettingsChange.objects.filter(course__key=course)[:most]]


def without(*, course: str, change: int) -> SettingsInfo:
    """The settings as they are, but for what one change did. Raises CurriculumError for a change of another course.

    Of a list of items, those are taken off that it put there and put back that it took off: later ones stay.
    """
    row = SettingsChange.objects.filter(course__key=course, pk=change).first()
    if row is None:
        raise CurriculumError(gettext("There is no such change in this course."))
    now = settings(course=course)
    wanted: dict[str, Any] = dict(row.before)
    if "left_out" in wanted:
        before, after = set(row.before["left_out"]), set(row.after["left_out"])
        wanted["left_out"] = tuple(sorted((set(now.left_out) - (after - before)) | (before - after)))
    return msgspec.structs.replace(now, **wanted)


def _policy(mastered: float, target: float, minutes_a_day: int) -> Policy:
    return Policy(mastered=mastered, target=target, minutes_a_day=float(minutes_a_day))


def _info(row: Course) -> SettingsInfo:
    kept: CourseSettings | None = getattr(row, "settings", None)
    if kept is None:
        return SettingsInfo(enabled=row.enabled)
    return SettingsInfo(
        enabled=row.enabled,
        mastered=kept.mastered,
        target=kept.target,
        minutes_a_day=kept.minutes_a_day,
        compare=kept.compare,
        left_out=tuple(kept.left_out),
    )


def _fields(one: SettingsInfo) -> dict[str, Any]:
    """As JSON keeps them."""
    fields: dict[str, Any] = msgspec.to_builtins(one)
    return {**fields, "left_out": list(one.left_out)}


def _change(row: SettingsChange) -> ChangeInfo:
    return ChangeInfo(id=row.pk, by=row.by, at=row.at, before=row.before, after=row.after)
