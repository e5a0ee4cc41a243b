"""What a course has now, and for whom: rows of what it no longer has stay, with their tags, but are not suggested."""

from __future__ import annotations

from typing import Final

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import structure, units, writing
from metaedu_plugin.curriculum.models import Item, Page, Skill
from metaedu_plugin.curriculum.structure import Parsed, Terms

GONE: Final = Terms(offered=False)
JUMP: Final = "/jump_to/"
"""In the addresses of the platform's blocks."""


def sync(*, course_id: int, parsed: Parsed) -> None:
    """Bring the rows of the platform's blocks to what its structure says; the author's own rows stay as they are."""
    _items(course_id, parsed)
    _pages(course_id, parsed)
    if parsed.tagged:
        _untag(course_id, parsed)


def _items(course_id: int, parsed: Parsed) -> None:
    changed = []
    for row in Item.objects.filter(course_id=course_id):
        problem = capture.problem_of(row.key)
        if problem not in parsed.terms and not problem.startswith(structure.PLATFORM):
            continue
        terms = parsed.terms.get(problem, GONE)
        wanted = (terms.offered, terms.starts, terms is GONE)
        if (row.offered, row.starts, row.gone) != wanted:
            row.offered, row.starts, row.gone = wanted
            changed.append(row)
    Item.objects.bulk_update(changed, ["offered", "starts", "gone"], batch_size=writing.BATCH)


def _pages(course_id: int, parsed: Parsed) -> None:
    changed = []
    for row in Page.objects.filter(course_id=course_id):
        if row.url not in parsed.terms and not row.url.partition(JUMP)[2].startswith(structure.PLATFORM):
            continue
        terms = parsed.terms.get(row.url, GONE)
        if (row.offered, row.starts) != (terms.offered, terms.starts):
            row.offered, row.starts = terms.offered, terms.starts
            changed.append(row)
    Page.objects.bulk_update(changed, ["offered", "starts"], batch_size=writing.BATCH)


def _untag(course_id: int, parsed: Parsed) -> None:
    """Take away tags that the platform has no longer."""
    tagged = {row.key for row in parsed.items if row.skills} | {page.url for _, page in parsed.pages if page.skills}
    for model, name in ((Item, "key"), (Page, "url")):
        links = model.skills.through._default_manager.filter(
            **{f"{model.__name__.lower()}__course_id": course_id, "skill__key__startswith": structure.TAG}
        )
        stale = [
            pk
            for pk, key in links.values_list("pk", f"{model.__name__.lower()}__{name}")
            if key not in tagged and (key in parsed.terms or key.startswith(structure.PLATFORM))
        ]
        for start in range(0, len(stale), writing.BATCH):
            links.filter(pk__in=stale[start : start + writing.BATCH]).delete()
    unused = Skill.objects.filter(course_id=course_id, key__startswith=structure.TAG, items=None, pages=None)
    unused.delete()
    units.sync(course_id=course_id)
