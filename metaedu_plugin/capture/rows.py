"""What a source turns into before the database is asked: candidates for rows, and what was refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from metaedu_plugin.capture.data import Counts

LIMITS = {"course": 255, "problem": 255, "item": 255, "block": 255, "part": 64}


class Malformed(Exception):
    """A wanted event or row that cannot be used: `reason` is a stable code, `detail` says what to do."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Origin(msgspec.Struct, frozen=True):
    """Where a row comes from, for the dead letter that it may become."""

    source: str
    raw: Callable[[], Any]
    """What `replay` reads, personal fields dropped; called only for a dead letter."""


class ResponseRow(msgspec.Struct, kw_only=True):
    """A response that may be stored. `subject` is `user:<id>` or `id:<value>`."""

    key: str
    subject: str
    user_id: int | None = None
    course: str
    problem: str
    block: str = ""
    """The problem as it stands in the course: `problem` may be a library's original. Empty outside of platforms."""
    part: str = ""
    item: str
    correct: bool
    score: float
    attempt: int | None = 1
    """None: to be counted from the responses before."""
    hints: int | None = None
    """None: to be counted from the activities."""
    seconds: float | None = None
    choice: str = ""
    time: datetime | None = None
    graded: datetime | None = None
    """Of a rescore: when; then `time` is that of the answer itself, where it is known."""
    valid: bool = True
    origin: Origin


class ActivityRow(msgspec.Struct, kw_only=True):
    """An activity that may be stored."""

    key: str
    kind: str
    subject: str
    user_id: int | None = None
    course: str
    block: str = ""
    time: datetime
    origin: Origin


Row = ResponseRow | ActivityRow


class Refused(msgspec.Struct, frozen=True):
    """What becomes a dead letter."""

    reason: str
    detail: str
    origin: Origin


class Batch(msgspec.Struct, kw_only=True):
    """What a source made of some of its input, in the order of the source."""

    rows: list[Row] = []
    refused: list[Refused] = []
    ignored: int = 0
    skills: dict[str, dict[str, tuple[str, ...]]] = {}
    """Course -> item -> skills, where the source names skills."""

    def __len__(self) -> int:
        return len(self.rows) + len(self.refused)

    def refuse(self, error: Malformed, origin: Origin) -> None:
        """Take in what a source could not use."""
        self.refused.append(Refused(error.reason, error.detail, origin))

    def counts(self) -> Counts:
        """What the source alone decided."""
        counts = Counts(ignored=self.ignored)
        for refused in self.refused:
            counts.died(refused.reason)
        return counts


def check(row: Row) -> None:
    """Raise Malformed where a text does not fit its column: not every database would refuse it."""
    for field, limit in LIMITS.items():
        value = getattr(row, field, "")
        if len(value) > limit:
            raise Malformed("too_long", f"{field} has {len(value)} characters, at most {limit} are kept")
        if "\0" in value:
            raise Malformed("wrong_type", f"{field} holds a NUL character")
