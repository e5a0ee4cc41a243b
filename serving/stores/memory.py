"""States in this process, gone with it: for trying out, for tests and as the last resort."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from threading import Lock

import numpy as np

from serving.model import Floats
from serving.stores.base import Address, Commit, Loaded, Outcome


class MemoryStore:
    """A store for one process."""

    shared = False

    def __init__(self) -> None:
        self._lock = Lock()
        self._states: dict[Address, Loaded] = {}
        self._applied: defaultdict[Address, set[str]] = defaultdict(set)
        self._counts: defaultdict[tuple[str, str], dict[str, tuple[int, int]]] = defaultdict(dict)

    def load(self, at: Address) -> Loaded:
        """See `Store.load`."""
        with self._lock:
            return self._states.get(at, Loaded(None, 0))

    def applied(self, at: Address, responses: Sequence[str]) -> set[str]:
        """See `Store.applied`."""
        with self._lock:
            return self._applied.get(at, set()).intersection(responses)

    def counts(self, space: str, course: str, keys: Sequence[str]) -> Floats:
        """See `Store.counts`."""
        with self._lock:
            known = self._counts.get((space, course), {})
            return np.array([known.get(key, (0, 0)) for key in keys], np.float32).reshape(-1, 2)

    def commit(self, at: Address, write: Commit) -> Outcome:
        """See `Store.commit`."""
        with self._lock:
            if not self._applied.get(at, set()).isdisjoint(write.responses):
                return Outcome.DUPLICATE
            if self._states.get(at, Loaded(None, 0)).version != write.expected:
                return Outcome.CONFLICT
            self._states[at] = Loaded(write.blob, write.expected + 1)
            self._applied[at].update(write.responses)
            counts = self._counts[at.space, at.course]
            for key, (number, correct) in write.counts.items():
                before = counts.get(key, (0, 0))
                counts[key] = (before[0] + number, before[1] + correct)
            return Outcome.APPLIED

    def forget(self, learner: str, course: str | None = None) -> None:
        """See `Store.forget`."""
        with self._lock:
            for at in [a for a in self._states if a.learner == learner and course in {None, a.course}]:
                del self._states[at]
                self._applied.pop(at, None)

    def learners(self, space: str, course: str) -> int:
        """See `Store.learners`."""
        with self._lock:
            return sum(at[:2] == (space, course) for at in self._states)

    def ping(self) -> None:
        """Always there."""

    def close(self) -> None:
        """Nothing to let go of."""
