"""Where a run stands, told to whoever listens: the operator's page, the command line, nobody."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Protocol

from metaedu_plugin.registry import api as registry


class Progress(Protocol):
    """Listens to a run."""

    def at(self, stage: str, fraction: float, message: str = "") -> None:
        """The run is at this stage, with this share of the whole run (0 to 1) behind it."""

    def epoch(self, figures: Mapping[str, Any]) -> None:
        """An epoch of the training is over."""


class RunRow(Progress):
    """Writes to the run's row, at most once in `every` seconds within a stage: progress is no load on the database."""

    def __init__(self, run: int, every: float = 1.0) -> None:
        self.run, self.every = run, every
        self._stage, self._message, self._told = "", "", 0.0

    def at(self, stage: str, fraction: float, message: str = "") -> None:
        """Write where the run stands, when that is news."""
        news = (stage, message) != (self._stage, self._message)
        if not news and time.monotonic() - self._told < self.every:
            return
        self._stage, self._message, self._told = stage, message, time.monotonic()
        registry.update_run(id=self.run, state="running", stage=stage, progress=fraction, message=message)

    def epoch(self, figures: Mapping[str, Any]) -> None:
        """Add an epoch's figures to the row."""
        registry.update_run(id=self.run, epoch=figures)


class TaskState(Progress):
    """Writes to the Celery task's state, for those who watch tasks; nothing where no result backend is configured."""

    def __init__(self, task: Any, every: float = 1.0) -> None:
        self.task, self.every = task, every
        self._stage, self._told = "", 0.0

    def at(self, stage: str, fraction: float, message: str = "") -> None:
        """State `PROGRESS` with stage, fraction and message."""
        if not self.task.request.id or (stage == self._stage and time.monotonic() - self._told < self.every):
            return
        self._stage, self._told = stage, time.monotonic()
        meta = {"stage": stage, "fraction": round(fraction, 4), "message": message}
        self.task.update_state(state="PROGRESS", meta=meta)

    def epoch(self, figures: Mapping[str, Any]) -> None:
        """Epochs are kept with the run's row."""


class Several(Progress):
    """Tells several listeners."""

    def __init__(self, *listeners: Progress) -> None:
        self.listeners = listeners

    def at(self, stage: str, fraction: float, message: str = "") -> None:
        """Tell all."""
        for listener in self.listeners:
            listener.at(stage, fraction, message)

    def epoch(self, figures: Mapping[str, Any]) -> None:
        """Tell all."""
        for listener in self.listeners:
            listener.epoch(figures)
