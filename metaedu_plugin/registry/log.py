"""The registry's log: only ever added to."""

from __future__ import annotations

from metaedu_plugin.registry.models import RegistryLog
from metaedu_plugin.registry.types import LogEntry


def record(action: str, *, by: str, version: str = "", reason: str = "") -> None:
    """Write down who did what and why."""
    RegistryLog.objects.create(action=action, version=version[:64], by=by[:150], reason=reason)


def log(*, limit: int = 20) -> list[LogEntry]:
    """The last entries, the newest first."""
    return [LogEntry.of(row) for row in RegistryLog.objects.all()[:limit]]
