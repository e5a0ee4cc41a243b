"""A store over another one: reads what lies there, and keeps what is written to itself."""

from __future__ import annotations

from collections.abc import Sequence

from serving.stores.base import Address, Commit, Loaded, LoadedMany, Outcome, Store
from serving.stores.memory import MemoryStore


class TrialStore(MemoryStore):
    """States and counts in this process, on top of another store's, which is never written to."""

    def __init__(self, base: Store) -> None:
        super().__init__()
        self._base = base

    def load(self, at: Address, keys: Sequence[str] = ()) -> Loaded:
        """See `Store.load`: the state of here where there is one, and the counts of both."""
        theirs, ours = self._base.load(at, keys), super().load(at, keys)
        blob, version = (ours.blob, ours.version) if ours.version else (theirs.blob, theirs.version)
        return Loaded(blob, version, theirs.counts + ours.counts)

    def load_many(self, space: str, course: str, learners: Sequence[str], keys: Sequence[str] = ()) -> LoadedMany:
        """See `Store.load_many`."""
        found = [self.load(Address(space, course, learner)) for learner in learners]
        counts = self.load(Address(space, course, ""), keys).counts
        return LoadedMany([each.blob for each in found], [each.version for each in found], counts)

    def applied(self, at: Address, responses: Sequence[str]) -> set[str]:
        """See `Store.applied`: here or there."""
        return super().applied(at, responses) | self._base.applied(at, responses)

    def commit(self, at: Address, write: Commit) -> Outcome:
        """See `Store.commit`."""
        if self._base.applied(at, write.responses):
            return Outcome.DUPLICATE
        theirs = self._base.load(at)
        if theirs.version:
            with self._lock:
                self._states.setdefault(at, (theirs.blob or b"", theirs.version))
        return super().commit(at, write)
