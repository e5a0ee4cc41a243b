"""Taking in a curriculum: files of an author, or the structure of a platform's course."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Count

from metaedu_plugin.curriculum import offering, openedx, tables, units, writing
from metaedu_plugin.curriculum import structure as structures
from metaedu_plugin.curriculum.data import Counts, CourseInfo
from metaedu_plugin.curriculum.errors import CurriculumError
from metaedu_plugin.curriculum.models import Course, Page, Skill
from metaedu_plugin.curriculum.reading import course as read_course


def import_csv(
    *,
    course: str,
    items: tables.Source | None = None,
    skills: tables.Source | None = None,
    pages: tables.Source | None = None,
) -> Counts:
    """Take in CSV tables, each a path or an open text file; all or nothing, safe to repeat.

    What the course has and a table does not name stays. Raises CurriculumError.
    """
    if items is None and skills is None and pages is None:
        raise CurriculumError("there is nothing to import: give items, skills or pages")
    return writing.write(
        course=course,
        skills=tables.skill_rows(skills) if skills is not None else (),
        items=tables.item_rows(items) if items is not None else (),
        pages=tables.page_rows(pages) if pages is not None else (),
    )


def import_structure(*, structure: Mapping[str, Any]) -> Counts:
    """Take in a course as the platform's course blocks API tells it, or `openedx.structure`; safe to repeat.

    Content tags of the platform come first, then the tags that an author gave, which stay; items without either fall
    back to the skill of their subsection, and the subsection's pages are about that skill. Blocks that the structure
    does not have keep their rows, but are not suggested any more. Raises CurriculumError.
    """
    parsed = structures.parse(structure)
    with transaction.atomic():
        counts = writing.write(
            course=parsed.course,
            title=parsed.title or None,
            skills=parsed.skills,
            items=parsed.items,
            pages=[page for _, page in parsed.pages],
        )
        row = Course.objects.get(key=parsed.course)
        row.url = row.url or f"/courses/{parsed.course}/"
        row.ends = parsed.ends or row.ends
        row.save(update_fields=["url", "ends"])
        offering.sync(course_id=row.pk, parsed=parsed)
        _tag_pages(row.pk, parsed)
    return counts


def read_platform(*, course: str) -> Counts:
    """Take in a course as the platform has it now, in the same process. Raises CurriculumError."""
    return import_structure(structure=openedx.structure(course=course))


def structure_course(*, structure: Mapping[str, Any]) -> str:
    """Key of the course that a structure describes. Raises CurriculumError."""
    return structures.parse(structure).course


def _tag_pages(course_id: int, parsed: structures.Parsed) -> None:
    """What is about no skill is about its subsection's, also once it has moved to another."""
    through = Page.skills.through
    own = {page.url: units.skill_key(unit) for unit, page in parsed.pages}
    alone = Page.objects.filter(course_id=course_id).annotate(tags=Count("skills")).filter(tags=1).values("pk")
    tagged = through._default_manager.filter(page__in=alone, skill__is_unit=True)
    moved = [pk for pk, url, key in tagged.values_list("pk", "page__url", "skill__key") if own.get(url, key) != key]
    for start in range(0, len(moved), writing.BATCH):
        through._default_manager.filter(pk__in=moved[start : start + writing.BATCH]).delete()
    skills = dict(Skill.objects.filter(course_id=course_id, is_unit=True).values_list("key", "pk"))
    untagged = dict(Page.objects.filter(course_id=course_id, skills__isnull=True).values_list("url", "pk"))
    through._default_manager.bulk_create(
        [
            through(page_id=untagged[page.url], skill_id=skills[units.skill_key(unit)])
            for unit, page in parsed.pages
            if page.url in untagged and units.skill_key(unit) in skills
        ],
        batch_size=writing.BATCH,
    )
    writing.touch(course_id=course_id)


def save_course(*, key: str, title: str, url: str = "", ends: datetime.date | None = None) -> CourseInfo:
    """Name a course, with its address and its last day; made when it is new, its switch left as it is."""
    Course.objects.update_or_create(key=key, defaults={"title": title, "url": url, "ends": ends})
    info = read_course(key=key)
    assert info is not None
    return info


def set_enabled(*, course: str, enabled: bool) -> None:
    """Let the learners of the course see feedback, or not. Raises CurriculumError for an unknown course."""
    if not Course.objects.filter(key=course).exists():
        raise CurriculumError(f"there is no course '{course}'; see the known ones with `metaedu_curriculum --list`")
    Course.objects.filter(key=course).update(enabled=enabled)
