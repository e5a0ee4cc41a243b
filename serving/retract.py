"""Take back what a learner's responses had added to a course.

A state holds what its learner has answered, by item and by skill, and so what they have added to the course's counts:
to the last response, whatever the items have been tagged with since. It names items and skills by their codes; the
names are those that the course has counted.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from threading import Lock
from typing import Final

from serving.context import TOTAL, Tally, item_key, skill_key
from serving.intake import TRIES, crowded, give_way
from serving.model import Floats
from serving.schema import COUNTS
from serving.state import LearnerState, Table, code, decode, dims_of
from serving.stores.base import Address, Outcome, Retraction, Store

MOST_COURSES: Final = 16
"""Courses whose names are kept."""


class Names:
    """The names behind the codes: the keys that a course's counts have, of any version. Threads share it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = Lock()
        self._kept: OrderedDict[str, dict[tuple[str, int], str]] = OrderedDict()

    def of(self, space: str, course: str, wanted: set[tuple[str, int]]) -> dict[tuple[str, int], str]:
        """Kind and code -> key, at least of those wanted that are counted; read again where one is new."""
        with self._lock:
            known = self._kept.get(course, {})
        if not wanted <= known.keys():
            known = known | {_place(key): key for key in self._store.keys(space, course)}
            with self._lock:
                self._kept[course] = known
                while len(self._kept) > MOST_COURSES:
                    self._kept.popitem(last=False)
        return known


def take_back(store: Store, at: Address, id: str, names: Names) -> None:
    """Let the state at an address begin anew, and take off the course's counts what it had added: once for an id.

    A state that cannot be read, of another encoding or damaged, goes without its counts. Raises StoreError when the
    store is down; then nothing was done.
    """
    for attempt in range(TRIES):
        blob, version, _ = store.load(at)
        if not version:
            return
        dims = dims_of(at.space)
        state = decode(blob, dims) if blob and dims else None
        added = dict(_named(at, state, names)) if state else {}
        if store.retract(at, Retraction(id, version, added)) is not Outcome.CONFLICT:
            return
        give_way(attempt)
    raise crowded()


def _named(at: Address, state: LearnerState, names: Names) -> Iterator[tuple[str, Tally]]:
    """What a state had added, by key."""
    yield TOTAL, _tally(state.vector)
    tables = {item_key(""): state.items, skill_key(""): state.skills}
    rows = {(kind, each): row for kind, table in tables.items() for each, row in _rows(table)}
    known = names.of(at.space, at.course, set(rows))
    for place, row in rows.items():
        if place in known:
            yield known[place], _tally(row)


def _rows(table: Table) -> Iterator[tuple[int, Floats]]:
    return zip(table.codes.tolist(), table.vectors, strict=True)


def _tally(vector: Floats) -> Tally:
    """The learner's own counts, which every vector begins with, and the one learner that they are."""
    first, first_right, later, later_right = vector[:COUNTS].astype(int).tolist()
    return first, first_right, later, later_right, int(first + later > 0)


def _place(key: str) -> tuple[str, int]:
    """Kind and code of a key; the course's own is of no kind."""
    kind, colon, name = key.partition(":")
    return kind + colon, code(name)
