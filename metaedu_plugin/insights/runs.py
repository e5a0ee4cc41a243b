"""Earlier runs of a course, as figures of their items: read in the background, kept in the process.

A figure is about a whole class, and nothing in it about a person.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.insights import reading
from metaedu_plugin.insights.background import Background
from metaedu_plugin.insights.statistics import Answers
from metaedu_plugin.insights.statistics.runs import RunChange, RunItem, run_changes, run_items

MOST: Final = 4
"""Earlier runs that are compared, the latest ones."""
LOOK_SECONDS: Final = 3600.0
"""After this it is asked again whether an earlier run has other answers than it had."""
FILED: Final = 20_000
"""Answers of a run from which on its columns are kept as a file."""
KEPT: Final = 64
"""Runs kept in the process."""


@dataclass(frozen=True)
class Run:
    """The items of one run, by the keys that all runs share."""

    course: str
    since: float
    """Epoch seconds of the first answer; NaN unknown."""
    items: dict[str, RunItem] = field(default_factory=dict)
    state: tuple[int, int] = (0, 0)
    """Number of answers and sum of their ids: while these are the same, so is the run."""
    checked: float = 0.0
    """Epoch seconds at which that was asked."""


@dataclass(frozen=True)
class Compared:
    """A run beside the earlier ones."""

    changes: dict[str, RunChange] = field(default_factory=dict)
    """Of each item that is comparable, by its key in this run."""
    earlier: tuple[Run, ...] = ()
    """The latest first."""
    shared: dict[str, str] = field(default_factory=dict)
    """By the item's key in this run, the one that all runs share."""

    def before(self, item: str) -> list[tuple[Run, RunItem]]:
        """What the earlier runs tell of an item, the latest first."""
        key = self.shared.get(item, "")
        return [(run, run.items[key]) for run in self.earlier if key in run.items]


class _Process:
    lock = threading.Lock()
    runs: OrderedDict[str, Run] = OrderedDict()


def reset() -> None:
    """Begin with nothing: in a forked child, and in tests."""
    _Process.lock = threading.Lock()
    _Process.runs = OrderedDict()
    _background.reset()


os.register_at_fork(after_in_child=reset)


def compare(*, course: str, answers: Answers) -> Compared:
    """The class beside those earlier runs that have been read; empty where there are none."""
    known = [run for run in _known(course) if run.since < _since(answers)]
    if not known:
        return Compared()
    earlier = sorted(known, key=lambda run: -run.since)[:MOST]
    shared = {key: curriculum.shared_key(course=course, item=key) for key in answers.items}
    mine = {key: item for key, item in run_items(answers).items() if key in shared}
    names = {shared[key]: key for key in mine}
    found = run_changes({shared[key]: item for key, item in mine.items()}, [run.items for run in earlier])
    changes = {names[one.item]: replace(one, item=names[one.item]) for one in found}
    return Compared(changes=changes, earlier=tuple(earlier), shared=shared)


def stamp(course: str) -> tuple[object, ...]:
    """Changes whenever something else is known of another run; asks nothing of the database."""
    return tuple((run.course, run.state) for run in _known(course))


def begin(course: str) -> None:
    """Read what is not known yet of other runs in the background."""
    now = time.time()
    if all(now - _checked(run) <= LOOK_SECONDS for run in curriculum.runs(course=course)):
        return
    _background.begin(course)


def read(course: str) -> None:
    """Read what is not known yet of other runs, now; for who does not keep a request waiting."""
    for name in curriculum.runs(course=course):
        if time.time() - _checked(name) <= LOOK_SECONDS:
            continue
        span = capture.course_span(course=name)
        known, state = _Process.runs.get(name), (span.responses, span.ids)
        if known is None or known.state != state:
            known = _summary(name, state)
        with _Process.lock:
            _Process.runs[name] = replace(known, checked=time.time())
            _Process.runs.move_to_end(name)
            while len(_Process.runs) > KEPT:
                _Process.runs.popitem(last=False)


def _summary(course: str, state: tuple[int, int]) -> Run:
    read_rows = reading.kept if state[0] > FILED else reading.anew
    answers = read_rows(course=course).answers()
    items = {curriculum.shared_key(course=course, item=key): item for key, item in run_items(answers).items()}
    return Run(course=course, since=_since(answers), items=items, state=state)


def _since(answers: Answers) -> float:
    known = answers.time[~np.isnan(answers.time)]
    return float(known.min()) if len(known) else float("nan")


def _checked(course: str) -> float:
    known = _Process.runs.get(course)
    return known.checked if known else 0.0


def _known(course: str) -> list[Run]:
    return [run for name, run in sorted(_Process.runs.items()) if curriculum.same_course(name, course)]


_background = Background(read, what="earlier runs")
