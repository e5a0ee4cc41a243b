"""Units of a course made of real XBlocks, with the platform's keys, in memory."""

from __future__ import annotations

from typing import Any

from opaque_keys.edx.keys import UsageKey
from xblock.core import XBlock
from xblock.field_data import DictFieldData
from xblock.fields import Boolean, Scope, ScopeIds, String
from xblock.runtime import DictKeyValueStore, KvsFieldData, MemoryIdManager, Runtime

from tests.tutoring.events import COURSE, problem


def key(kind: str, name: str) -> str:
    """Usage key of a block of the course."""
    return f"block-v1:{COURSE.removeprefix('course-v1:')}+type@{kind}+block@{name}"


class Platform(Runtime):
    """Keeps the blocks that it is given."""

    def __init__(self) -> None:
        ids = MemoryIdManager()
        super().__init__(id_reader=ids, id_generator=ids, services={"field-data": KvsFieldData(DictKeyValueStore())})
        self.blocks: dict[UsageKey, XBlock] = {}

    def get_block(self, usage_id: UsageKey, for_parent: XBlock | None = None) -> XBlock:
        return self.blocks[usage_id]

    handler_url = local_resource_url = publish = resource_url = None  # type: ignore[assignment]

    def add(
        self, cls: type[XBlock], usage: str, *, inside: XBlock | None = None, user: int = 0, **fields: Any
    ) -> XBlock:
        """A block of a class, as the last child of another."""
        usage_key = UsageKey.from_string(usage)
        ids = ScopeIds(user, usage_key.block_type, usage_key, usage_key)
        parent = inside.scope_ids.usage_id if inside else None
        block = cls(self, field_data=DictFieldData({"parent": parent, "children": [], **fields}), scope_ids=ids)
        self.blocks[usage_key] = block
        if inside:
            inside.children = [*inside.children, usage_key]
        return block


class Leaf(XBlock):
    """Text, a video."""


class Problem(XBlock):
    """A problem that says whether right and wrong may be told, as the platform's does."""

    has_score = True
    told = Boolean(default=True, scope=Scope.settings)

    def correctness_available(self) -> bool:
        return self.told


class OldProblem(XBlock):
    """A problem that has the setting, and no method to ask."""

    show_correctness = String(default="always", scope=Scope.settings)


class Container(XBlock):
    """A unit, or anything with children."""

    has_children = True
    is_time_limited = Boolean(default=False, scope=Scope.settings)


class Bank(Container):
    """Shows its first child only."""

    def get_child_blocks(self) -> list[XBlock]:
        return self.get_children()[:1]


def unit(*, problems: int = 2, user: int = 0, exam: bool = False) -> XBlock:
    """A unit with some text and problems `add1`, `add2` …, in a subsection."""
    platform = Platform()
    subsection = platform.add(Container, key("sequential", "s"), is_time_limited=exam)
    made = platform.add(Container, key("vertical", "v"), inside=subsection, user=user)
    platform.add(Leaf, key("html", "h"), inside=made)
    for number in range(1, problems + 1):
        platform.add(Problem, problem(f"add{number}"), inside=made)
    return made
