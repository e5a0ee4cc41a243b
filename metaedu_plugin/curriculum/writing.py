"""The one place that writes a curriculum: rows in, all or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from django.db import IntegrityError, models, transaction
from django.db.models import F
from django.utils.translation import gettext

from metaedu_plugin.curriculum import units
from metaedu_plugin.curriculum.data import Counts, ItemRow, PageRow, SkillRow
from metaedu_plugin.curriculum.errors import CurriculumError
from metaedu_plugin.curriculum.models import Course, Item, Page, Skill
from metaedu_plugin.curriculum.prerequisites import cycle_in

BATCH = 500
"""Rows per statement: below the variable limit of every database."""


def touch(*, course_id: int) -> None:
    """Say that the curriculum of the course changed."""
    Course.objects.filter(pk=course_id).update(revision=F("revision") + 1)


def write(
    *,
    course: str,
    skills: Sequence[SkillRow] = (),
    items: Sequence[ItemRow] = (),
    pages: Sequence[PageRow] = (),
    title: str | None = None,
) -> Counts:
    """Store the rows in the course, which is made when it is new.

    Raises CurriculumError, with nothing written, for a skill that the course does not have, for
    prerequisites that go round in a circle, and for keys that the database takes for the same.
    """
    try:
        with transaction.atomic():
            new = _write(course, skills, items, pages, title)
    except IntegrityError as error:
        raise CurriculumError(
            f"two keys are the same to the database, perhaps but for upper and lower case: rename one ({error})"
        ) from error
    return Counts(skills=len(skills), items=len(items), pages=len(pages), new=new)


def _write(
    course: str,
    skills: Sequence[SkillRow],
    items: Sequence[ItemRow],
    pages: Sequence[PageRow],
    title: str | None,
) -> int:
    row, _ = Course.objects.get_or_create(key=course, defaults={"title": title or course})
    # Two imports of one course at a time would each miss what the other is about to add.
    Course.objects.select_for_update().get(pk=row.pk)
    if title and row.title == row.key:
        Course.objects.filter(pk=row.pk).update(title=title)
    new = _upsert(Skill, row, skills, links="prerequisites")
    new += _upsert(Item, row, items, links="skills")
    new += _upsert(Page, row, pages, links="skills")
    known = dict(Skill.objects.filter(course=row).values_list("key", "pk"))
    _check(known, skills, items, pages)
    _link(Skill, row, "prerequisites", skills, known)
    _link(Item, row, "skills", items, known)
    _link(Page, row, "skills", pages, known)
    cycle = cycle_in(course_id=row.pk)
    if cycle:
        told = gettext("prerequisites go round in a circle: %(skills)s; remove one of them")
        raise CurriculumError(told % {"skills": " → ".join(cycle)})
    units.sync(course_id=row.pk)
    touch(course_id=row.pk)
    return new


def _upsert(model: type[models.Model], course: Course, rows: Sequence[msgspec.Struct], links: str) -> int:
    """Create what is new, update what is told; returns how many are new."""
    by = "url" if model is Page else "key"
    manager: Any = model._default_manager
    if not rows:
        return 0
    stored = {getattr(found, by): found for found in manager.filter(course=course)}
    start = max((getattr(found, "position", 0) for found in stored.values()), default=-1) + 1
    fresh: list[Any] = []
    changed: list[Any] = []
    names = [name for name in rows[0].__struct_fields__ if name not in {by, links}]
    for row in rows:
        key = getattr(row, by)
        values = {name: value for name in names if (value := getattr(row, name)) is not None}
        found = stored.get(key)
        if found is None:
            if "position" in names:
                values.setdefault("position", start + len(fresh))
            fresh.append(model(**{"course": course, by: key, "title": key[-255:], **values}))
        elif any(getattr(found, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(found, name, value)
            changed.append(found)
    manager.bulk_create(fresh, batch_size=BATCH)
    manager.bulk_update(changed, names, batch_size=BATCH)
    return len(fresh)


def _check(
    known: dict[str, int],
    skills: Sequence[SkillRow],
    items: Sequence[ItemRow],
    pages: Sequence[PageRow],
) -> None:
    wanted = [(gettext("skill '%(key)s'") % {"key": row.key}, row.prerequisites or ()) for row in skills]
    wanted += [(gettext("item '%(key)s'") % {"key": row.key}, row.skills or ()) for row in items]
    wanted += [(gettext("page '%(key)s'") % {"key": row.url}, row.skills or ()) for row in pages]
    told = gettext(
        "%(what)s names the skill '%(skill)s', which the course does not have: add it to the skills, "
        "or correct the name"
    )
    problems = [told % {"what": what, "skill": key} for what, keys in wanted for key in keys if key not in known]
    if problems:
        raise CurriculumError(problems)


def _link(
    model: type[models.Model],
    course: Course,
    name: str,
    rows: Sequence[msgspec.Struct],
    known: dict[str, int],
) -> None:
    """Make the many-to-many of the rows exactly what they say."""
    by = "url" if model is Page else "key"
    told = {getattr(row, by): getattr(row, name) for row in rows if getattr(row, name) is not None}
    if not told:
        return
    field: Any = model._meta.get_field(name)
    source, target, through = field.m2m_column_name(), field.m2m_reverse_name(), field.remote_field.through
    manager: Any = model._default_manager
    ids = dict(manager.filter(course=course).values_list(by, "pk"))
    want = {(ids[key], known[skill]) for key, keys in told.items() for skill in keys}
    sources = {ids[key] for key in told}
    stored = through.objects.filter(**{f"{field.m2m_field_name()}__course": course})
    have = {(owner, skill): pk for owner, skill, pk in stored.values_list(source, target, "pk") if owner in sources}
    gone = [pk for pair, pk in have.items() if pair not in want]
    for start in range(0, len(gone), BATCH):
        through.objects.filter(pk__in=gone[start : start + BATCH]).delete()
    through.objects.bulk_create(
        [through(**{source: owner, target: skill}) for owner, skill in sorted(want - have.keys())], batch_size=BATCH
    )
