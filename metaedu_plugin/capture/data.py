"""What capture hands to the other apps: frozen structs, no model instances."""

from __future__ import annotations

from datetime import datetime

import msgspec


def problem_of(item: str) -> str:
    """The problem that an item belongs to: one of several parts has the key `problem#part`."""
    return item.partition("#")[0]


class Captured(msgspec.Struct, frozen=True, kw_only=True):
    """One graded attempt of a learner at an item, as it is stored."""

    key: str
    """Idempotency key, 32 hex digits."""
    course: str
    learner: str
    """Pseudonym, 32 hex digits."""
    problem: str
    part: str = ""
    item: str
    correct: bool
    score: float
    """Share of the points, 0 to 1."""
    attempt: int = 1
    hints: int = 0
    seconds: float | None = None
    choice: str = ""
    time: datetime | None = None
    """UTC; none where the source does not say."""
    id: int = 0
    """Row, for `responses(after=…)`; 0 in signals, where not every database tells it."""


class Invalidated(msgspec.Struct, frozen=True, kw_only=True):
    """Responses of a learner to a problem that no longer count: a reset, or a rescore."""

    course: str
    learner: str
    """Pseudonym."""
    problem: str


class Counts(msgspec.Struct, kw_only=True):
    """What became of a batch, a file or the spool."""

    responses: int = 0
    activities: int = 0
    duplicates: int = 0
    ignored: int = 0
    """Well-formed, of no interest here."""
    invalidated: int = 0
    """Responses of before that a reset or a rescore made invalid."""
    dead: int = 0
    reasons: dict[str, int] = {}
    """Dead letters by reason."""

    def add(self, other: Counts) -> None:
        """Take the counts of another batch in."""
        self.responses += other.responses
        self.activities += other.activities
        self.duplicates += other.duplicates
        self.ignored += other.ignored
        self.invalidated += other.invalidated
        for reason, count in other.reasons.items():
            self.died(reason, count)

    def died(self, reason: str, count: int = 1) -> None:
        """Count dead letters."""
        self.dead += count
        self.reasons[reason] = self.reasons.get(reason, 0) + count


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A dead letter, for the operator."""

    id: int
    source: str
    reason: str
    detail: str
    raw: str
    received: datetime
    replayed: datetime | None


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """Events that one process could not write to its spool, one after the other."""

    count: int
    last: datetime
    why: str
    over: bool
    """Whether an event was written since."""


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """How capture fares."""

    capture: bool
    """The switch."""
    responses: int
    activities: int
    learners: int
    courses: int
    dead_letters: int
    """Not yet replayed."""
    spool_bytes: int
    """Received, not yet in the database."""
    spool_age: float
    """Seconds since the oldest undrained event was received; 0 when the spool is empty."""
    lost: int
    """Events that this process could not write to its spool since it was started."""
    loss: Loss | None
    """The last of them."""
    last: datetime | None
    """When the latest response was captured."""
