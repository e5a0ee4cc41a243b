"""The structure of a platform's course to rows: as its course blocks API gives it, or as `openedx` reads it.

`GET /api/courses/v2/blocks/?course_id=…&all_blocks=true&depth=all&requested_fields=children,has_score,start` answers
`{"root": key, "blocks": {key: {"id", "type", "display_name", "lms_web_url", "children": [key, …]}}}`.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from metaedu_plugin.curriculum.data import ItemRow, PageRow, SkillRow
from metaedu_plugin.curriculum.errors import CurriculumError

TO_READ = {"html", "video"}
TAG = "tag:"
"""Begins the key of a skill that is a content tag: it never meets the key of an authored skill."""
COURSES = {"block-v1:": "course-v1:", "ccx-block-v1:": "ccx-v1:"}
"""How keys of blocks begin, and those of their courses; the latter of custom courses (CCX)."""
PLATFORM = (*COURSES, "lib-block-v1:", "lb:")
"""Begin the keys of the platform's blocks; items with other keys are the author's own."""


class Block(msgspec.Struct, frozen=True):
    """One block of the course; fields that are not named here are left aside."""

    type: str
    id: str = ""
    display_name: str = ""
    lms_web_url: str = ""
    children: list[str] = []
    has_score: bool = False
    start: datetime.datetime | None = None
    """From when on learners can open it."""
    end: datetime.datetime | None = None
    """Of the course."""
    restricted: bool = False
    """Whether it, with what is below it, is there for some learners only, or without help, as an exam is."""
    original: str = ""
    """The block that a library's copy was made from: answers count as answers to that."""
    tags: list[str] = []


class Structure(msgspec.Struct, frozen=True):
    """The whole answer."""

    root: str
    blocks: dict[str, Block]
    whole: bool = False
    """Whether it comes from the platform itself: then nothing in it means that nothing is in the course."""
    tagged: bool = False
    """Whether it tells the content tags: then a block without one has none."""


class Terms(msgspec.Struct, frozen=True):
    """Whether and from when on something may be suggested."""

    offered: bool = True
    starts: datetime.datetime | None = None


class Parsed(msgspec.Struct, frozen=True):
    """A course ready to be written: items by problem, pages by the unit they belong to."""

    course: str
    title: str
    ends: datetime.date | None
    skills: tuple[SkillRow, ...]
    items: tuple[ItemRow, ...]
    pages: tuple[tuple[str, PageRow], ...]
    terms: dict[str, Terms]
    """By item key, and by the address of a page."""
    tagged: bool = False


class Place(msgspec.Struct, frozen=True):
    """What a block has from those above it."""

    unit: tuple[str, ...] = ()
    terms: Terms = Terms()
    tags: tuple[str, ...] = ()

    def under(self, block: Block) -> Place:
        """What the block's children have from it: the latest start, and the nearest tags."""
        starts = [moment for moment in (self.terms.starts, block.start) if moment]
        return Place(
            unit=(*self.unit, block.display_name) if block.type in {"chapter", "sequential"} else self.unit,
            terms=Terms(self.terms.offered and not block.restricted, max(starts, default=None)),
            tags=tuple(block.tags) or self.tags,
        )


def parse(structure: Mapping[str, Any]) -> Parsed:
    """Problems, other blocks with a score, and pages in course order; raises CurriculumError for another shape.

    The unit of a problem is its subsection: a vertical often holds a single problem, which would make
    every problem a skill of its own.
    """
    try:
        read = msgspec.convert(structure, Structure)
    except msgspec.ValidationError as error:
        raise CurriculumError(
            f"the structure is not an answer of the course blocks API ({error}); "
            "ask it with all_blocks=true, depth=all and requested_fields=children"
        ) from error
    root = read.blocks.get(read.root)
    if root is None:
        raise CurriculumError(f"the structure has no block '{read.root}', which it names as its root")
    course = course_key(read.root)
    items: dict[str, ItemRow] = {}
    pages: dict[str, tuple[str, PageRow]] = {}
    terms: dict[str, Terms] = {}
    tags: dict[str, None] = {}
    for key, block, place in _walk(read):
        url = block.lms_web_url or f"/courses/{course}/jump_to/{key}"
        title = (block.display_name or key.rpartition("@")[2])[:255]
        unit = " · ".join(place.unit)[:240]
        skills = tuple(dict.fromkeys(tag_key(tag) for tag in place.tags)) or None
        if block.type == "problem" or (block.has_score and not block.children):
            item = block.original or key
            row = ItemRow(key=item, title=title, url=url, unit=unit, position=len(items), skills=skills)
            items.setdefault(item, row)
            terms.setdefault(item, place.terms)
        elif block.type in TO_READ:
            pages[url] = (unit, PageRow(url=url, title=title, skills=skills))
            terms[url] = place.terms
        else:
            continue
        tags |= dict.fromkeys(place.tags)
    if not items and not pages and not read.whole:
        raise CurriculumError("the structure holds no problems and no pages; was it asked for with depth=all?")
    return Parsed(
        course=course,
        title=root.display_name[:255],
        ends=root.end.date() if root.end else None,
        skills=tuple(SkillRow(key=tag_key(tag), title=tag[:255]) for tag in tags),
        items=tuple(items.values()),
        pages=tuple(pages.values()),
        terms=terms,
        tagged=read.tagged,
    )


def tag_key(tag: str) -> str:
    """Key of the skill that stands for a content tag."""
    return f"{TAG}{tag}"[:255]


def course_key(usage: str) -> str:
    """`block-v1:org+course+run+type@course+block@course` to `course-v1:org+course+run`."""
    head, found, _ = usage.partition("+type@")
    for blocks, course in COURSES.items():
        if found and head.startswith(blocks):
            return course + head.removeprefix(blocks)
    raise CurriculumError(f"'{usage}' is not the usage key of a course (block-v1:org+course+run+type@course+…)")


def _walk(read: Structure) -> Iterator[tuple[str, Block, Place]]:
    """Every block in course order with its place; a block that occurs twice counts once."""
    seen: set[str] = set()
    stack: list[tuple[str, Place]] = [(read.root, Place())]
    while stack:
        key, above = stack.pop()
        block = read.blocks.get(key)
        if block is None or key in seen:
            continue
        seen.add(key)
        place = above.under(block)
        yield key, block, place
        stack.extend((child, place) for child in reversed(block.children))
