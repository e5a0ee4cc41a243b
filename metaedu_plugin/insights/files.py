"""Columns of large courses as files: METAEDU_DATA_DIR/insights/, NumPy's format without pickle.

A file is a convenience and never the truth: whatever is odd about one, it is left aside and the rows are read anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from metaedu_plugin.insights.columns import NAMES, TYPES, Columns

log = logging.getLogger(__name__)

VERSION: Final = 1
KEEP_SECONDS: Final = 24 * 3600
"""A file is made anew after this: a rescored answer may have got another time without getting another id."""


def load(course: str) -> Columns | None:
    """The columns as they were saved last; none where there are none, or none that can be trusted."""
    path = _path(course)
    try:
        with np.load(path, allow_pickle=False) as found:
            if (
                found["about"].tobytes().decode() != _about(course)
                or not 0 <= time.time() - found["made"] < KEEP_SECONDS
            ):
                return None
            columns = Columns(
                column={name: found[name] for name in TYPES},
                names={name: _read_names(found[name]) for name in NAMES},
                newest=int(found["newest"]),
                made=float(found["made"]),
            )
    except FileNotFoundError:
        return None
    except Exception as error:  # truncated, another's, from another time: all the same
        log.warning("insights: %s is not usable and is made anew: %r", path, error)
        return None
    if _holds(columns):
        return columns
    log.warning("insights: the columns in %s do not fit together; it is made anew", path)
    return None


def save(course: str, columns: Columns, *, mark: int) -> None:
    """Save the columns, unless someone was forgotten since `mark` was taken. Raises OSError."""
    path = _path(course)
    part = path.with_name(f"{path.stem}.{secrets.token_hex(4)}.part")
    arrays = {name: _write_names(list(columns.names[name])) for name in NAMES} | columns.column
    arrays |= {"newest": np.array(columns.newest), "made": np.array(columns.made)}
    try:
        with open(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:  # noqa: PTH123  its mode
            np.savez(file, about=np.frombuffer(_about(course).encode(), np.uint8), **arrays)  # type: ignore[arg-type]
        if forgotten(course) == mark:
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def forget(course: str) -> None:
    """Delete the file, and let every process know that what it computed holds somebody who is to be forgotten.

    Raises OSError where the file cannot be deleted.
    """
    path = _path(course)
    if not path.parent.is_dir():
        return
    try:
        path.with_suffix(".forgotten").write_text(secrets.token_hex(8))
    except OSError as error:
        log.warning("insights: other processes do not learn at once that someone was forgotten: %s", error)
    path.unlink(missing_ok=True)


def forgotten(course: str) -> int:
    """Changes whenever someone was forgotten; 0 while nobody was."""
    try:
        return _path(course).with_suffix(".forgotten").stat().st_mtime_ns
    except OSError:
        return 0


@contextmanager
def alone(course: str) -> Iterator[None]:
    """One process at a time reads a course's rows; the others wait for its file. Raises OSError."""
    path = _path(course)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        _sweep(path)
        yield


def _sweep(path: Path) -> None:
    """What a process that was killed left half written."""
    for part in path.parent.glob(f"{path.stem}.*.part"):
        with suppress(OSError):
            part.unlink()


def _holds(columns: Columns) -> bool:
    length = len(columns)
    if any(values.shape != (length,) or values.dtype != TYPES[name] for name, values in columns.column.items()):
        return False
    if not length:
        return True
    limits = {name: len(columns.names[f"{name}s"]) for name in ("learner", "item", "choice")}
    inside = all(
        -(name == "choice") <= columns.column[name].min() and columns.column[name].max() < limit
        for name, limit in limits.items()
    )
    return inside and columns.newest >= int(columns.column["id"].max())


def _about(course: str) -> str:
    return msgspec.json.encode({"version": VERSION, "course": course}).decode()


def _read_names(packed: NDArray[np.uint8]) -> dict[str, int]:
    return {name: code for code, name in enumerate(msgspec.json.decode(packed.tobytes(), type=list[str]))}


def _write_names(names: list[str]) -> NDArray[np.uint8]:
    return np.frombuffer(msgspec.json.encode(names), np.uint8)


def _path(course: str) -> Path:
    name = hashlib.sha256(course.encode()).hexdigest()[:32]
    return Path(settings.METAEDU_DATA_DIR) / "insights" / f"{name}.npz"
