"""Checkpoints: written whole or not at all, and read as data, never as code."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import torch

FORMAT = 1


class CheckpointError(RuntimeError):
    """A checkpoint cannot be read, or belongs to another training; the message says what to do."""


def save(path: Path, state: dict[str, Any]) -> None:
    """Write tensors, numbers, strings, lists and dicts to `path`, replacing what is there in one step.

    A process killed at any moment leaves the old checkpoint or the new one, never half of one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            torch.save({"format": FORMAT, **state}, file)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_directory(path.parent)


def load(path: Path) -> dict[str, Any]:
    """Read a checkpoint onto the CPU; nothing in the file is ever executed.

    Raises CheckpointError when it is damaged, holds anything but data, or was written by another version.
    """
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise CheckpointError(
            f"The checkpoint {path} cannot be read ({str(error).splitlines()[0]}). Delete it to start anew."
        ) from error
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise CheckpointError(f"The checkpoint {path} has another format than {FORMAT}. Delete it to start anew.")
    return state


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
