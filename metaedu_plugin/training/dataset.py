"""Captured responses as files, and the files as arrays.

`refresh` appends what is new; `load` makes a `CourseData` of each course. Skills are joined when loading, so that
tagging an item anew takes effect on everything that was ever answered.

Answers may come from elsewhere than the own tables (`sources`): they lie in a folder of their own, a part for each
course, written anew when the course's are no longer the same there.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import count, groupby
from operator import itemgetter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.training import sources
from metaedu_plugin.training.data import CourseData, Sequence
from metaedu_plugin.training.parts import Part, Parts

UNKNOWN = -1.0


def refresh(*, url: str | None = None, source: str = "") -> int:
    """Bring the files up to the database; returns how many responses they hold. `source` as in `sources.chosen`.

    A part whose rows are no longer those of the database is written anew: a learner was retired, a response became
    invalid, or a transaction with low ids was committed late.
    """
    elsewhere = sources.chosen(source)
    if elsewhere is not None:
        return _refresh_from(elsewhere, Parts(url, of=elsewhere.name))
    parts = Parts(url)
    # What a killed writer left may hold somebody who was retired since.
    parts.sweep()
    last = 0
    for part in parts.all():
        if part.last <= last:
            parts.remove(part)
            continue
        # From the end of the part before, so that nothing falls between two of them.
        first, last = last + 1, part.last
        stored = capture.span(after=first - 1, until=last)
        if part.first == first and parts.span(part) == stored:
            continue
        written = parts.write(first=first, last=last, rows=capture.export(after=first - 1, until=last))
        if written.path != part.path:
            parts.remove(part)
    new = capture.span(after=last)
    if new.responses:
        parts.write(first=last + 1, last=new.last, rows=capture.export(after=last, until=new.last))
    return sum(parts.span(part).responses for part in parts.all())


def _refresh_from(elsewhere: sources.Source, parts: Parts, *, anew: bool = False) -> int:
    """The same of another source: its states tell in which courses anything has changed."""
    parts.sweep()
    states = elsewhere.states()
    kept: dict[str, Part] = {}
    changed = dict(states)
    for part in parts.all():
        course, state = parts.state(part)
        if course not in states or course in kept:
            parts.remove(part)
            continue
        kept[course] = part
        if state == states[course] and not anew:
            del changed[course]
    if changed:
        free = count(1 + max((part.last for part in kept.values()), default=0))
        numbers = {course: kept[course].first if course in kept else next(free) for course in sorted(changed)}
        for course, rows in groupby(elsewhere.rows(list(numbers)), key=itemgetter(1)):
            number = numbers.pop(course)
            parts.write(first=number, last=number, rows=rows, state=states[course], course=course)
        for course, number in numbers.items():  # nothing of these may be used
            parts.write(first=number, last=number, rows=(), state=states[course], course=course)
    return sum(parts.span(part).responses for part in parts.all())


def compact(*, url: str | None = None, source: str = "") -> int:
    """Write everything anew, as one part or one a course; returns how many responses there are. Older parts go last."""
    elsewhere = sources.chosen(source)
    if elsewhere is not None:
        return _refresh_from(elsewhere, Parts(url, of=elsewhere.name), anew=True)
    parts = Parts(url)
    parts.sweep()
    before = parts.all()
    everything = capture.span()
    keep = ""
    if everything.responses:
        keep = parts.write(first=1, last=everything.last, rows=capture.export(until=everything.last)).path
    for part in before:
        if part.path != keep:
            parts.remove(part)
    return everything.responses


def load(courses: Collection[str] | None = None, *, url: str | None = None, source: str = "") -> list[CourseData]:
    """The files as one `CourseData` per course, in the order of course keys; all courses when none are named.

    Responses are ordered by (time, id) within a learner; a source without times keeps the order it was read in.
    """
    elsewhere = sources.chosen(source)
    table = Parts(url, of=elsewhere.name if elsewhere else "").read()
    present = sorted(pc.unique(table["course"]).to_pylist())
    return [
        _course(key, table.filter(pc.equal(table["course"], key))) for key in present if not courses or key in courses
    ]


def _course(key: str, table: pa.Table) -> CourseData:
    ids = table["id"].to_numpy()
    time = _times(table["time"])
    learners, learner = _coded(table["learner"])
    items, item = _coded(table["item"])
    order = np.lexsort((ids, time, learner))
    # The same row may lie in two parts, when two writers met; it counts once.
    order = order[np.r_[True, ids[order][1:] != ids[order][:-1]]]
    learner = learner[order]
    columns: dict[str, NDArray[Any]] = {
        "item": item[order].astype(np.int32),
        **{name: _floats(table[name])[order] for name in ("correct", "score", "hints", "seconds", "attempt")},
        "time": time[order],
    }
    cuts = np.flatnonzero(np.diff(learner)) + 1
    pieces = {name: np.split(column, cuts) for name, column in columns.items()}
    sequences = [
        Sequence(learner=str(learners[learner[start]]), **{name: piece[i] for name, piece in pieces.items()})
        for i, start in enumerate([0, *cuts])
    ]
    skills, item_skills = _skills(key, [str(i) for i in items])
    return CourseData(key, [str(i) for i in items], skills, item_skills, sequences)


def _skills(course: str, items: list[str]) -> tuple[list[str], list[NDArray[np.int32]]]:
    tagged = curriculum.skills_of(course=course, items=items)
    number: dict[str, int] = {}
    for item in items:
        for skill in tagged[item]:
            number.setdefault(skill, len(number))
    return list(number), [np.array([number[skill] for skill in tagged[item]], np.int32) for item in items]


def _coded(column: pa.ChunkedArray) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """(sorted values, [N] number of each row's value), over the values that occur."""
    whole = column.combine_chunks()
    names = whole.dictionary.to_numpy(zero_copy_only=False)
    used, number = np.unique(whole.indices.to_numpy(), return_inverse=True)
    order = np.argsort(names[used].astype(str))
    return names[used][order], np.argsort(order)[number]


def _floats(column: pa.ChunkedArray) -> NDArray[np.float32]:
    return np.asarray(pc.fill_null(pc.cast(column, pa.float32()), UNKNOWN).to_numpy(), np.float32)


def _times(column: pa.ChunkedArray) -> NDArray[np.float64]:
    micros = pc.cast(pc.cast(column, pa.int64()), pa.float64(), safe=False)
    seconds = pc.divide(micros, 1e6)
    return np.asarray(pc.fill_null(seconds, UNKNOWN).to_numpy(), np.float64)
