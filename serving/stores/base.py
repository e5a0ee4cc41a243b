"""What the engine asks of a store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from hashlib import blake2b
from typing import NamedTuple, Protocol

from serving.context import Tally
from serving.model import Floats


class Address(NamedTuple):
    """Where a learner's state lies.

    `space` separates model versions, see `serving.state.space`. Counts and the ids of what was taken in lie in the
    space too: within a space each response counts once, and a replay into another space disturbs nothing.
    """

    space: str
    course: str
    learner: str


class Loaded(NamedTuple):
    """A state as it was read; version 0 and no blob when there is none. With it, counts of its course."""

    blob: bytes | None
    version: int
    counts: Floats
    """[number of keys asked for, 5] as in `serving.schema`; 0 for a key never seen."""


class LoadedMany(NamedTuple):
    """As `Loaded`, of several learners of a course."""

    blobs: list[bytes | None]
    versions: list[int]
    counts: Floats


class Commit(NamedTuple):
    """One write: responses taken in, the state after them, and what they add to the course's counts."""

    responses: Sequence[str]
    """Ids of the responses, one or more."""
    expected: int
    """The version that the new state was computed from."""
    blob: bytes
    counts: Mapping[str, Tally]
    """By key: what to add."""


class Retraction(NamedTuple):
    """One write: a learner's state and ids go, and what it had added goes off the course's counts."""

    id: str
    """Taken in once, as a response's: what comes twice finds it among the ids of the state that has begun anew."""
    expected: int
    """The version that the counts were read from, 1 or more."""
    counts: Mapping[str, Tally]
    """By key: what to take off; no count falls below 0."""


class Outcome(Enum):
    """What became of a commit or a retraction. Nothing at all is written unless it is applied."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    """One of the responses, or the retraction, was taken in before."""
    CONFLICT = "conflict"
    """Somebody else wrote since the state was read: read again, and try again."""


class Store(Protocol):
    """Learner states with compare-and-set, and course counts. Safe to call from several threads.

    Every method raises StoreError when the store cannot be reached or used.
    """

    shared: bool
    """Whether several processes see the same states."""

    def load(self, at: Address, keys: Sequence[str] = ()) -> Loaded:
        """The learner's state, and the course's counts by key: all that an answer needs, in one journey."""

    def load_many(self, space: str, course: str, learners: Sequence[str], keys: Sequence[str] = ()) -> LoadedMany:
        """As `load` of several learners, who may be there more than once: in one journey, too."""

    def applied(self, at: Address, responses: Sequence[str]) -> set[str]:
        """Which of these responses were taken in before."""

    def commit(self, at: Address, write: Commit) -> Outcome:
        """Write state, ids and counts, all or nothing, if the state is still of the expected version."""

    def commit_many(self, space: str, course: str, writes: Sequence[tuple[str, Commit]]) -> list[Outcome]:
        """As `commit` for several learners, each there once: each by itself all or nothing, and in one journey."""

    def retract(self, at: Address, write: Retraction) -> Outcome:
        """Take away state, ids and what they added, all or nothing, if the state is still of the expected version.

        The version goes on from there, so that nobody who had read the state can write it back.
        """

    def spaces(self, course: str, learner: str) -> list[str]:
        """Where the learner has, or had, a state in the course."""

    def keys(self, space: str, course: str) -> list[str]:
        """All that is counted of a course."""

    def forget(self, learner: str, course: str | None = None) -> None:
        """Remove a learner's states and ids in every space, in one course or in all.

        Counts stay: they hold sums over a course and no person.
        """

    def learners(self, space: str, course: str) -> int:
        """Learners with a state."""

    def ping(self) -> None:
        """Raises StoreError when the store would not answer."""

    def close(self) -> None:
        """Let go of connections."""


def digest(response: str) -> bytes:
    """16 bytes that stand for a response's id: a store keeps one for each response that it has taken in."""
    return blake2b(response.encode(), digest_size=16).digest()
