"""What the registry's API answers with: frozen structs, never rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from metaedu_plugin.registry.models import ModelVersion, RegistryLog, TrainingRun


class VersionInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A registered version."""

    name: str
    path: str
    role: str
    """candidate, champion, retired or refused."""
    metrics: dict[str, Any]
    decision: dict[str, Any]
    """The gate's `Decision` as an object; empty when the gate has not judged it."""
    created: datetime
    promoted: datetime | None
    withdrawn: datetime | None
    retired_learners: int = 0
    """How many learners it had learned from were retired since."""

    @classmethod
    def of(cls, row: ModelVersion) -> VersionInfo:
        """The version that a row stands for."""
        return cls(**{name: getattr(row, name) for name in cls.__struct_fields__})


class RunInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A training run."""

    id: int
    state: str
    """queued, running, done or failed."""
    options: dict[str, Any]
    stage: str
    progress: float
    """0 to 1."""
    epochs: list[dict[str, Any]]
    message: str
    version: str | None
    created: datetime
    started: datetime | None
    ended: datetime | None
    updated: datetime

    @classmethod
    def of(cls, row: TrainingRun) -> RunInfo:
        """The run that a row stands for."""
        fields = {name: getattr(row, name) for name in cls.__struct_fields__ if name != "version"}
        return cls(version=row.version.name if row.version else None, **fields)


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """Learners whose states hold answers that no longer count, until the store of states answers."""

    learners: int
    since: datetime | None
    """When the oldest of it was noted."""


class LogEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Who did what to the registry, when and why."""

    action: str
    version: str
    by: str
    reason: str
    at: datetime

    @classmethod
    def of(cls, row: RegistryLog) -> LogEntry:
        """The entry that a row stands for."""
        return cls(**{name: getattr(row, name) for name in cls.__struct_fields__})


class Predicted(msgspec.Struct, frozen=True, kw_only=True):
    """What a version said of an answer before it came, and what came."""

    response: str
    """The response's key."""
    course: str
    learner: str
    """Pseudonym, of a learner who is stored."""
    item: str
    model: str
    expected: float
    """Chance of success, 0 to 1."""
    correct: bool
    time: datetime


class Predictions(msgspec.Struct, frozen=True, kw_only=True):
    """The newest predictions of one version in one course, as columns of length N, the newest first."""

    model: str
    since: datetime | None
    """When the oldest of them was answered; none where there is none."""
    learners: list[str]
    """Pseudonyms."""
    expected: list[float]
    correct: list[bool]
    left_out: int
    """Older ones of this version that are kept, too."""
