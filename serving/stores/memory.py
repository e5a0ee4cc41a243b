"""States in this process, gone with it: for trying out, for tests and as the last resort."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from serving.context import Tally
from serving.model import Floats
from serving.schema import COURSE_COUNTS
from serving.stores.base import Address, Commit, Loaded, LoadedMany, Outcome, Retraction


class MemoryStore:
    """A store for one process."""

    shared = False

    def __init__(self) -> None:
        self._lock = Lock()
        self._states: dict[Address, tuple[bytes | None, int]] = {}
        self._applied: defaultdict[Address, set[str]] = defaultdict(set)
        self._counts: defaultdict[tuple[str, str], _Counts] = defaultdict(_Counts)

    def load(self, at: Address, keys: Sequence[str] = ()) -> Loaded:
        """See `Store.load`."""
        with self._lock:
            blob, version = self._states.get(at, (None, 0))
            known = self._counts.get((at.space, at.course))
            counts = known.of(keys) if known else np.zeros((len(keys), COURSE_COUNTS), np.float32)
            return Loaded(blob, version, counts)

    def load_many(self, space: str, course: str, learners: Sequence[str], keys: Sequence[str] = ()) -> LoadedMany:
        """See `Store.load_many`."""
        with self._lock:
            found = [self._states.get(Address(space, course, learner), (None, 0)) for learner in learners]
        counts = self.load(Address(space, course, ""), keys).counts
        return LoadedMany([blob for blob, _ in found], [version for _, version in found], counts)

    def applied(self, at: Address, responses: Sequence[str]) -> set[str]:
        """See `Store.applied`."""
        with self._lock:
            return self._applied.get(at, set()).intersection(responses)

    def commit(self, at: Address, write: Commit) -> Outcome:
        """See `Store.commit`."""
        with self._lock:
            if not self._applied.get(at, set()).isdisjoint(write.responses):
                return Outcome.DUPLICATE
            if self._states.get(at, (b"", 0))[1] != write.expected:
                return Outcome.CONFLICT
            self._states[at] = write.blob, write.expected + 1
            self._applied[at].update(write.responses)
            counts = self._counts[at.space, at.course]
            for key, added in write.counts.items():
                counts.add(key, added)
            return Outcome.APPLIED

    def commit_many(self, space: str, course: str, writes: Sequence[tuple[str, Commit]]) -> list[Outcome]:
        """See `Store.commit_many`."""
        return [self.commit(Address(space, course, learner), write) for learner, write in writes]

    def retract(self, at: Address, write: Retraction) -> Outcome:
        """See `Store.retract`."""
        with self._lock:
            if write.id in self._applied.get(at, set()):
                return Outcome.DUPLICATE
            if at not in self._states or self._states[at][1] != write.expected:
                return Outcome.CONFLICT
            self._states[at] = None, write.expected + 1
            self._applied[at] = {write.id}
            counts = self._counts[at.space, at.course]
            for key, taken in write.counts.items():
                counts.take_off(key, taken)
            return Outcome.APPLIED

    def spaces(self, course: str, learner: str) -> list[str]:
        """See `Store.spaces`."""
        with self._lock:
            return [at.space for at in self._states if (at.course, at.learner) == (course, learner)]

    def keys(self, space: str, course: str) -> list[str]:
        """See `Store.keys`."""
        with self._lock:
            return self._counts[space, course].keys

    def forget(self, learner: str, course: str | None = None) -> None:
        """See `Store.forget`."""
        with self._lock:
            for at in [a for a in self._states if a.learner == learner and course in {None, a.course}]:
                del self._states[at]
                self._applied.pop(at, None)

    def learners(self, space: str, course: str) -> int:
        """See `Store.learners`."""
        with self._lock:
            return sum(at[:2] == (space, course) and blob is not None for at, (blob, _) in self._states.items())

    def ping(self) -> None:
        """Always there."""

    def close(self) -> None:
        """Nothing to let go of."""


class _Counts:
    """Counts of a course by key; row 0 stays zero and stands for every key that was never seen."""

    def __init__(self) -> None:
        self._row: dict[str, int] = {}
        self._rows: NDArray[np.int64] = np.zeros((64, COURSE_COUNTS), np.int64)

    @property
    def keys(self) -> list[str]:
        return list(self._row)

    def of(self, keys: Sequence[str]) -> Floats:
        row = self._row
        places = np.fromiter((row.get(key, 0) for key in keys), np.intp, len(keys))
        return self._rows.take(places, axis=0).astype(np.float32)

    def add(self, key: str, added: Tally) -> None:
        place = self._row.setdefault(key, len(self._row) + 1)
        if place == len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        self._rows[place] += added

    def take_off(self, key: str, taken: Tally) -> None:
        place = self._row.get(key, 0)
        self._rows[place] = np.maximum(self._rows[place] - taken, 0)
