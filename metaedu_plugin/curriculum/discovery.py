"""Courses and items that show up in what learners do, before anybody described them."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from django.db import transaction
from django.db.models import Max

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import units, writing
from metaedu_plugin.curriculum.models import Course, Item, Skill
from metaedu_plugin.curriculum.structure import COURSES


def note_items(*, seen: Iterable[tuple[str, str]]) -> None:
    """Make sure that each (course key, item key) has a row. Two queries a course where nothing is new."""
    by_course: dict[str, dict[str, None]] = defaultdict(dict)
    for course, item in seen:
        by_course[course][item] = None
    for course, items in by_course.items():
        _note_course(course, list(items))


def note_skills(*, course: str, item_skills: Mapping[str, tuple[str, ...]]) -> None:
    """Tag items as the imported data does, where nobody tagged them."""
    note_items(seen=((course, item) for item in item_skills))
    row = Course.objects.get(key=course)
    with transaction.atomic():
        untagged = {
            key: pk
            for keys in _batches(list(item_skills))
            for key, pk in Item.objects.filter(course=row, key__in=keys, skills__isnull=True).values_list("key", "pk")
        }
        wanted = list(dict.fromkeys(skill for key in untagged for skill in item_skills[key] if skill))
        if not wanted:
            return
        start = _next(Skill, row.pk)
        Skill.objects.bulk_create(
            [Skill(course=row, key=key[:255], title=key[:255], position=start + n) for n, key in enumerate(wanted)],
            ignore_conflicts=True,
            batch_size=writing.BATCH,
        )
        ids = dict(Skill.objects.filter(course=row).values_list("key", "pk"))
        through = Item.skills.through
        through._default_manager.bulk_create(
            [
                through(item_id=pk, skill_id=ids[skill[:255]])
                for key, pk in untagged.items()
                for skill in dict.fromkeys(item_skills[key])
                if skill[:255] in ids
            ],
            ignore_conflicts=True,
            batch_size=writing.BATCH,
        )
        units.sync(course_id=row.pk)
        writing.touch(course_id=row.pk)


def _note_course(course: str, items: list[str]) -> None:
    row, _ = Course.objects.get_or_create(key=course, defaults={"title": course})
    known = {
        key
        for keys in _batches(items)
        for key in Item.objects.filter(course=row, key__in=keys).values_list("key", flat=True)
    }
    fresh = [key for key in items if key not in known]
    if not fresh:
        return
    problems = {
        problem.key: problem
        for keys in _batches(sorted({capture.problem_of(key) for key in fresh}))
        for problem in Item.objects.filter(course=row, key__in=keys)
    }
    start = _next(Item, row.pk)
    with transaction.atomic():
        made = [_item(row, key, problems.get(capture.problem_of(key)), start + n) for n, key in enumerate(fresh)]
        earlier = _share_minutes(row, made)
        Item.objects.bulk_create(made, ignore_conflicts=True, batch_size=writing.BATCH)
        Item.objects.bulk_update(earlier, ["minutes"], batch_size=writing.BATCH)
        writing.touch(course_id=row.pk)


def _item(course: Course, key: str, problem: Item | None, position: int) -> Item:
    """A part takes over what is said of its problem, except tags and options, which are read from there."""
    if problem is not None:
        return Item(
            course=course,
            key=key,
            title=problem.title,
            url=problem.url,
            position=problem.position,
            minutes=problem.minutes,
            hints=problem.hints,
        )
    block, _, part = key.partition("#")
    title = block.rpartition("@")[2]
    platform = any(block.startswith(blocks) and course.key.startswith(its) for blocks, its in COURSES.items())
    return Item(
        course=course,
        key=key,
        title=(f"{title} ({part})" if part else title)[:255],
        url=f"/courses/{course.key}/jump_to/{block}"[:500] if platform else "",
        position=position,
    )


def _share_minutes(course: Course, made: list[Item]) -> list[Item]:
    """Divide the minutes of each problem among its parts; returns stored parts whose share became smaller.

    A stored part that has other minutes than its share was given them by an author, and keeps them.
    """
    new = Counter(capture.problem_of(item.key) for item in made if "#" in item.key)
    if not new:
        return []
    stored = defaultdict(list)
    for part in Item.objects.filter(course=course, key__contains="#"):
        stored[capture.problem_of(part.key)].append(part)
    whole = {capture.problem_of(item.key): item.minutes for item in made}
    smaller = []
    for problem, count in new.items():
        for part in stored[problem]:
            if math.isclose(part.minutes, whole[problem] / len(stored[problem])):
                part.minutes = whole[problem] / (len(stored[problem]) + count)
                smaller.append(part)
    for item in made:
        problem, _, part_id = item.key.partition("#")
        if part_id:
            item.minutes = whole[problem] / (len(stored[problem]) + new[problem])
    return smaller


def _next(model: type[Item] | type[Skill], course_id: int) -> int:
    last = model._default_manager.filter(course_id=course_id).aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1


def _batches(keys: list[str]) -> Iterable[list[str]]:
    return (keys[start : start + writing.BATCH] for start in range(0, len(keys), writing.BATCH))
