"""The structure of a platform's course, as its course blocks API gives it, to rows.

`GET /api/courses/v2/blocks/?course_id=…&all_blocks=true&depth=all&requested_fields=children` answers
`{"root": key, "blocks": {key: {"id", "type", "display_name", "lms_web_url", "children": [key, …]}}}`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from metaedu_plugin.curriculum.data import ItemRow, PageRow
from metaedu_plugin.curriculum.errors import CurriculumError

TO_READ = {"html", "video"}


class Block(msgspec.Struct, frozen=True):
    """One block of the course; fields that are not named here are left aside."""

    type: str
    id: str = ""
    display_name: str = ""
    lms_web_url: str = ""
    children: list[str] = []


class Structure(msgspec.Struct, frozen=True):
    """The whole answer."""

    root: str
    blocks: dict[str, Block]


class Parsed(msgspec.Struct, frozen=True):
    """A course ready to be written: items by problem, pages by the unit they belong to."""

    course: str
    title: str
    items: tuple[ItemRow, ...]
    pages: tuple[tuple[str, PageRow], ...]


def parse(structure: Mapping[str, Any]) -> Parsed:
    """Problems and pages in course order; raises CurriculumError when the shape is another one.

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
    items: list[ItemRow] = []
    pages: list[tuple[str, PageRow]] = []
    for key, block, unit in _walk(read):
        url = block.lms_web_url or f"/courses/{course}/jump_to/{key}"
        title = (block.display_name or key.rpartition("@")[2])[:255]
        if block.type == "problem":
            items.append(ItemRow(key=key, title=title, url=url, unit=unit, position=len(items)))
        elif block.type in TO_READ:
            pages.append((unit, PageRow(url=url, title=title)))
    if not items and not pages:
        raise CurriculumError("the structure holds no problems and no pages; was it asked for with depth=all?")
    return Parsed(course=course, title=root.display_name, items=tuple(items), pages=tuple(pages))


def course_key(usage: str) -> str:
    """`block-v1:org+course+run+type@course+block@course` to `course-v1:org+course+run`."""
    head, found, _ = usage.partition("+type@")
    if not found or not head.startswith("block-v1:"):
        raise CurriculumError(f"'{usage}' is not the usage key of a course (block-v1:org+course+run+type@course+…)")
    return head.replace("block-v1:", "course-v1:", 1)


def _walk(read: Structure) -> Iterator[tuple[str, Block, str]]:
    """Every block in course order with the name of its unit; a block that occurs twice counts once."""
    seen: set[str] = set()
    stack: list[tuple[str, tuple[str, ...]]] = [(read.root, ())]
    while stack:
        key, path = stack.pop()
        block = read.blocks.get(key)
        if block is None or key in seen:
            continue
        seen.add(key)
        if block.type in {"chapter", "sequential"}:
            path = (*path, block.display_name)
        yield key, block, " · ".join(path)[:240]
        stack.extend((child, path) for child in reversed(block.children))
