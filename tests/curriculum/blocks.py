"""Courses of real XBlocks under real usage keys, in the memory: what the platform's modulestore hands out."""

from __future__ import annotations

import datetime
from typing import Any

from opaque_keys.edx.keys import CourseKey
from xblock.core import XBlock
from xblock.field_data import DictFieldData
from xblock.fields import Boolean, DateTime, Dict, Scope, ScopeIds, String
from xblock.runtime import Runtime

from tests.curriculum.conftest import COURSE


class Named(XBlock):
    """Fields that the platform gives to every block."""

    display_name = String(scope=Scope.settings)
    start = DateTime(scope=Scope.settings)
    end = DateTime(scope=Scope.settings)
    visible_to_staff_only = Boolean(scope=Scope.settings, default=False)
    group_access = Dict(scope=Scope.settings, default={})


class Container(Named):
    has_children = True


class Timed(Container):
    is_time_limited = Boolean(scope=Scope.settings, default=False)


class Scored(Named):
    has_score = True


CLASSES = {
    "problem": Scored,
    "drag-and-drop-v2": Scored,
    "sequential": Timed,
    "html": Named,
    "video": Named,
    "poll": Named,
}


class Store(Runtime):
    """Keeps blocks by usage key."""

    def __init__(self) -> None:
        super().__init__(id_reader=None, id_generator=None, field_data=DictFieldData({}))
        self.blocks: dict[Any, XBlock] = {}

    def get_block(self, usage_id: Any, for_parent: Any = None) -> XBlock:
        return self.blocks[usage_id]

    def handler_url(self, *_: Any, **__: Any) -> str:
        raise NotImplementedError

    resource_url = local_resource_url = publish = handler_url


def block(store: Store, kind: str, name: str, title: str | None, *children: XBlock, **fields: Any) -> XBlock:
    """One more block of the course, made of those below it."""
    key = CourseKey.from_string(COURSE).make_usage_key(kind, name)
    made = CLASSES.get(kind, Container)(
        store, DictFieldData({"display_name": title, **fields}), ScopeIds(None, kind, f"def-{name}", key)
    )
    if made.has_children:
        made.children = [child.scope_ids.usage_id for child in children]
    store.blocks[key] = made
    return made


def usage(kind: str, name: str) -> str:
    return f"block-v1:river+FDP+2026+type@{kind}+block@{name}"


def fractions(*, later: datetime.datetime | None = None, without: str = "") -> XBlock:
    """Two weeks: problems, a page and a video, an exam, a drawn problem, something that is not released yet."""
    store = Store()

    def add(kind: str, name: str, title: str | None, *children: XBlock | None, **fields: Any) -> XBlock | None:
        below = [child for child in children if child is not None]
        return None if name == without else block(store, kind, name, title, *below, **fields)

    week_1 = add(
        "chapter", "c1", "Week 1",
        add("sequential", "s1", "Homework",
            add("vertical", "v1", "Unit",
                add("html", "read", "Read me"), add("problem", "a", "Half a cake"), add("problem", "b", None)),
            add("vertical", "v2", "Unit",
                add("drag-and-drop-v2", "drag", "Sort them"), add("poll", "poll", "Liked it?"),
                add("problem", "staff", "For staff", visible_to_staff_only=True),
                add("problem", "cohort", "For some", group_access={50: [1]}),
                add("library_content", "draw", "Drawn", add("problem", "drawn", "One of many")))),
    )  # fmt: skip
    week_2 = add(
        "chapter", "c2", "Week 2",
        add("sequential", "s2", "Later", add("vertical", "v3", "Unit", add("problem", "late", "A sum"),
            add("video", "film", "A film")), start=later),
        add("sequential", "exam", "Exam", add("vertical", "v4", "Unit", add("problem", "timed", "Quick")),
            is_time_limited=True),
    )  # fmt: skip
    end = datetime.datetime(2027, 3, 1, tzinfo=datetime.UTC)
    root = add("course", "course", "Fractions", week_1, week_2, end=end)
    assert root is not None
    return root
