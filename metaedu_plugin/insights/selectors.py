"""A class as it is now.

A small course is computed in the request, for each state of its answers. A large one is never waited for: what is
kept is served, and made anew in the background. At the first look there is nothing to serve: `StillReading` says so.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.insights import classroom, files, reading, runs
from metaedu_plugin.insights.background import Background
from metaedu_plugin.insights.classroom import Classroom
from metaedu_plugin.insights.columns import Columns
from metaedu_plugin.registry import api as registry

SMALL: Final = 20_000
"""Responses up to which a class is computed while somebody waits."""
FRESH_SECONDS: Final = 30.0
"""A large class is looked at afresh when someone asks and it is older than this."""
KEEP_SECONDS: Final = 600.0
"""It is computed anew after this, even where no answer came: the course may have been edited."""
KEPT: Final = 16
"""Classes kept in the process, those asked for last."""

PREPARE: list[Callable[[Classroom], object]] = []
"""What is worked out of a large class before it is shown, in each language that it was asked for in."""


class StillReading(Exception):
    """A large course of which nothing is known yet; `failed` where reading it went wrong and is tried again."""

    def __init__(self, *, failed: bool) -> None:
        super().__init__(gettext("The answers of this course are being read. Ask again in a few seconds."))
        self.failed = failed


@dataclass(frozen=True)
class _Kept:
    room: Classroom
    state: tuple[object, ...]
    """What it was computed from: while this is the same, so is the class."""
    checked: float
    """Epoch seconds at which its state was compared with what is stored."""
    forgotten: int
    """`files.forgotten` before it was read."""
    large: bool


class _Process:
    """What this process keeps."""

    lock = threading.Lock()
    kept: OrderedDict[str, _Kept] = OrderedDict()


def reset() -> None:
    """Begin with nothing: in a forked child, which has none of its parent's threads, and in tests."""
    _Process.lock = threading.Lock()
    _Process.kept = OrderedDict()
    _background.reset()
    runs.reset()


os.register_at_fork(after_in_child=reset)


def classroom_of(*, course: str) -> Classroom:
    """The class of a course; empty where nothing was captured. Raises `StillReading`."""
    kept = _Process.kept.get(course)
    if kept and kept.forgotten != files.forgotten(course):
        kept = None
        _Process.kept.pop(course, None)
    if not (kept and kept.large) and capture.course_size(course=course, limit=SMALL + 1) <= SMALL:
        return _small(course, kept)
    if kept is None or time.time() - kept.checked > FRESH_SECONDS:
        _background.begin(course)
    if kept is None:
        raise StillReading(failed=_background.failed(course))
    return kept.room


def forget(*, course: str) -> None:
    """Keep nothing of the course, in this process and in files; other processes notice. Raises OSError."""
    _Process.kept.pop(course, None)
    files.forget(course)


def _small(course: str, kept: _Kept | None) -> Classroom:
    span = capture.course_span(course=course)
    state = (span.responses, span.ids, _model(), curriculum.revision(course=course), runs.stamp(course))
    if kept and kept.state == state and time.time() - kept.room.made < KEEP_SECONDS:
        return kept.room
    mark = files.forgotten(course)
    room = _look(course, reading.anew(course=course))
    _keep(course, _Kept(room=room, state=state, checked=time.time(), forgotten=mark, large=False))
    runs.begin(course)
    return room


def _large(course: str) -> None:
    before = _Process.kept.get(course)
    mark = files.forgotten(course)
    columns = reading.kept(course=course)
    runs.read(course)
    state = (len(columns), columns.ids, _model(), curriculum.revision(course=course), runs.stamp(course))
    if before and before.state == state and time.time() - before.room.made < KEEP_SECONDS:
        _keep(course, replace(before, checked=time.time()))
        return
    room = _look(course, columns)
    languages = {language for _, language in before.room.told} if before else set()
    for language in languages or {settings.LANGUAGE_CODE}:
        with translation.override(language):
            for prepare in PREPARE:
                prepare(room)
    _keep(course, _Kept(room=room, state=state, checked=time.time(), forgotten=mark, large=True))


def _look(course: str, columns: Columns) -> Classroom:
    return classroom.look(course=course, answers=columns.answers(), tutor=registry.tutor())


def _keep(course: str, kept: _Kept) -> None:
    with _Process.lock:
        _Process.kept[course] = kept
        _Process.kept.move_to_end(course)
        while len(_Process.kept) > KEPT:
            _Process.kept.popitem(last=False)


def _model() -> str:
    champion = registry.champion()
    return champion.name if champion else ""


_background = Background(_large, what="answers")
