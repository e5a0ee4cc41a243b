"""What is taught, as frozen values: the selectors behind the API."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from django.db.models import Q
from django.utils import timezone

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import openedx
from metaedu_plugin.curriculum.data import CourseInfo, ItemInfo, PageInfo, SkillInfo
from metaedu_plugin.curriculum.models import Course, Item, Page, Skill
from metaedu_plugin.curriculum.units import skill_key

BATCH = 500


def course(*, key: str) -> CourseInfo | None:
    """The course, or None when nobody has heard of it."""
    row = Course.objects.filter(key=key).first()
    return _course_info(row) if row else None


def courses() -> list[CourseInfo]:
    """All courses, by title."""
    return [_course_info(row) for row in Course.objects.order_by("title", "key")]


def skills(*, course: str) -> dict[str, SkillInfo]:
    """The course's skills by key, in order."""
    before: dict[str, list[str]] = defaultdict(list)
    pairs = Skill.objects.filter(course__key=course, prerequisites__isnull=False)
    for key, prerequisite in pairs.order_by("prerequisites__position").values_list("key", "prerequisites__key"):
        before[key].append(prerequisite)
    return {
        row.key: SkillInfo(
            key=row.key,
            title=row.title,
            position=row.position,
            prerequisites=tuple(before[row.key]),
            is_unit=row.is_unit,
        )
        for row in Skill.objects.filter(course__key=course)
    }


def pages(*, course: str, skill: str | None = None) -> list[PageInfo]:
    """What there is to read in the course now, or about one skill of it."""
    open_now = Q(starts=None) | Q(starts__lte=timezone.now())
    rows = Page.objects.filter(open_now, course__key=course, offered=True).prefetch_related("skills")
    if skill is not None:
        rows = rows.filter(skills__key=skill).distinct()
    return [
        PageInfo(title=row.title, url=row.url, minutes=row.minutes, skills=tuple(s.key for s in row.skills.all()))
        for row in rows
    ]


def items(*, course: str, keys: Iterable[str] | None = None) -> dict[str, ItemInfo]:
    """Items that the course has, by key, in its order, with the skills that hold for them.

    With `keys`, the answer has an entry for each of them that the course knows: a part that has no
    entry of its own answers with its problem's. So do items that the course had once.
    """
    if keys is None:
        rows = {row.key: row for row in _rows(course, None)}
        problems = {key: rows.get(capture.problem_of(key)) for key in rows}
        return {
            key: _item_info(key, row, problems[key])
            for key, row in rows.items()
            if not row.gone and not (problems[key] or row).gone
        }
    asked = list(dict.fromkeys(keys))
    rows = {row.key: row for row in _rows(course, sorted({*asked, *map(capture.problem_of, asked)}))}
    return {
        key: _item_info(key, row, rows.get(capture.problem_of(key)))
        for key in asked
        if (row := rows.get(key) or rows.get(capture.problem_of(key))) is not None
    }


def skills_of(*, course: str, items: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Skill keys of each of the items: its own, else its problem's, else its unit's, else none."""
    asked = list(items)
    found = _items(course=course, keys=asked)
    return {key: found[key].skills if key in found else () for key in asked}


_items = items
"""The selector, where an argument takes its name."""


def _rows(course: str, keys: Sequence[str] | None) -> Iterator[Item]:
    every = Item.objects.filter(course__key=course).prefetch_related("skills")
    if keys is None:
        yield from every
        return
    for start in range(0, len(keys), BATCH):
        yield from every.filter(key__in=keys[start : start + BATCH])


def _item_info(key: str, row: Item, problem: Item | None) -> ItemInfo:
    """The row's own words, completed by its problem's."""
    lent = problem or row
    unit = row.unit or lent.unit
    starts = row.starts or lent.starts
    tags = tuple(s.key for s in row.skills.all()) or tuple(s.key for s in lent.skills.all())
    return ItemInfo(
        key=key,
        title=row.title,
        url=row.url or lent.url,
        unit=unit,
        position=row.position,
        minutes=row.minutes,
        hints=max(row.hints, lent.hints),
        options=row.options or lent.options,
        skills=tags or ((skill_key(unit),) if unit else ()),
        offered=row.offered and lent.offered and (starts is None or starts <= timezone.now()),
        starts=starts,
    )


def _course_info(row: Course) -> CourseInfo:
    flag = openedx.flag_is_on(course=row.key)
    return CourseInfo(
        key=row.key,
        title=row.title or row.key,
        url=row.url,
        ends=row.ends,
        enabled=row.enabled or flag,
        by_platform=flag,
    )
