"""A run's folder: what a killed worker needs to go on where it was."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import msgspec
from django.conf import settings

from metaedu_plugin.training.meta_training import TrainOptions


class State(msgspec.Struct, kw_only=True):
    """Where a run stands between its steps; within a training the checkpoint says the rest."""

    name: str
    """Stem of the names of its versions."""
    attempt: int = 1
    train: TrainOptions | None = None
    """Options of the present attempt."""


class RunFolder:
    """`METAEDU_DATA_DIR/runs/<id>/`."""

    def __init__(self, run: int | str) -> None:
        self.path = Path(settings.METAEDU_DATA_DIR) / "runs" / str(run)
        self.path.mkdir(parents=True, exist_ok=True)
        self._state = self.path / "state.json"

    def state(self, *, name: str) -> State:
        """What was kept, or a fresh state under this name."""
        if self._state.exists():
            return msgspec.json.decode(self._state.read_bytes(), type=State)
        return State(name=name)

    def keep(self, state: State) -> None:
        """Write the state, whole or not at all."""
        unfinished = self._state.with_suffix(".unfinished")
        with unfinished.open("wb") as file:
            file.write(msgspec.json.encode(state))
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._state)

    def checkpoint(self, attempt: int) -> Path:
        """The training's checkpoint of an attempt."""
        return self.path / f"attempt-{attempt}.pt"

    def bundle(self, attempt: int) -> Path:
        """A free place for the bundle of an attempt; what an interrupted export left there is removed."""
        path = self.path / f"bundle-{attempt}"
        shutil.rmtree(path, ignore_errors=True)
        return path

    def clear(self) -> None:
        """Remove everything: the registry has its own copy of what is worth keeping."""
        shutil.rmtree(self.path, ignore_errors=True)
