"""The spool: one file of JSON lines per process, appended to in requests, taken whole by whoever drains.

A writer holds the lock of its file while it appends. A drainer renames the file, then locks it: from then on the
writer finds its file gone and begins another, and no line is written behind the drainer's back. A file is deleted
after its rows are committed, so a drainer that dies leaves it to the next.
"""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedRandom
from pathlib import Path

from django.conf import settings

log = logging.getLogger(__name__)

OPEN = "open-"
TAKEN = "taken-"
TRIES = 10
"""To begin a segment: a drainer may take it before its first line, hardly ever twice."""


def folder() -> Path:
    """Where the segments lie."""
    return Path(settings.METAEDU_DATA_DIR) / "spool"


class Writer:
    """Appends lines to this process's segment. Threads take turns; a forked child begins its own segment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._file = -1
        self._path = Path()

    def append(self, line: bytes) -> None:
        """Append one line, whole or not at all; raises OSError (disk full, folder not writable)."""
        with self._lock:
            if not self._hold():
                self._begin()
            try:
                written = os.write(self._file, line)
                if written < len(line):
                    os.ftruncate(self._file, os.fstat(self._file).st_size - written)
                    raise OSError("the disk is full")
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def reset(self) -> None:
        """In a forked child: the parent's file, and its lock, stay the parent's."""
        self._lock = threading.Lock()
        if self._file >= 0:
            os.close(self._file)
        self._file = -1

    def _hold(self) -> bool:
        """Whether the segment is still ours, now locked."""
        if self._file < 0:
            return False
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if self._path.stat().st_ino == os.fstat(self._file).st_ino:
                return True
        except OSError:
            pass
        os.close(self._file)
        self._file = -1
        return False

    def _begin(self) -> None:
        """Open a new segment and lock it; again where a drainer took it in between.

        Raises OSError where it never holds: a file system without locks must not keep a request for ever.
        """
        place = folder()
        for _ in range(TRIES):
            self._path = place / f"{OPEN}{time.time_ns():020d}-{os.getpid()}-{secrets.token_hex(4)}.jsonl"
            try:
                self._file = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_WRONLY, 0o600)
            except FileNotFoundError:
                place.mkdir(parents=True, exist_ok=True)
                continue
            if self._hold():
                return
            self._path.unlink(missing_ok=True)
        raise OSError(f"no file in {place} can be locked: METAEDU_DATA_DIR must be on a file system with locks")


writer = Writer()
os.register_at_fork(after_in_child=writer.reset)


def segments() -> list[Path]:
    """All segments, the oldest first."""
    with suppress(FileNotFoundError, NotADirectoryError):
        return sorted(
            (path for path in folder().iterdir() if path.name.startswith((OPEN, TAKEN))),
            key=lambda path: path.name.partition("-")[2],
        )
    return []


@contextmanager
def take(path: Path, *, wait: bool = False) -> Iterator[tuple[Path, BufferedRandom] | None]:
    """Hold a segment alone, renamed and locked; None where another process has it or has finished it.

    With `wait`, another drainer's work on it is waited for.
    """
    taken = path.with_name(TAKEN + path.name.partition("-")[2])
    with suppress(FileNotFoundError):
        path.rename(taken)
    try:
        file = taken.open("r+b")
    except FileNotFoundError:
        yield None
        return
    with file:
        if not _lock(file, wait=wait):
            yield None
            return
        try:
            yield (taken, file) if _is_there(taken, file) else None
        finally:
            # Closing alone would leave the lock with children that were forked meanwhile.
            fcntl.flock(file, fcntl.LOCK_UN)


def _lock(file: BufferedRandom, *, wait: bool) -> bool:
    """A writer holds its lock for microseconds, a drainer for as long as its batches take."""
    if wait:
        fcntl.flock(file, fcntl.LOCK_EX)
        return True
    for _ in range(5):
        with suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        time.sleep(0.001)
    return False


def _is_there(path: Path, file: BufferedRandom) -> bool:
    try:
        return path.stat().st_ino == os.fstat(file.fileno()).st_ino
    except FileNotFoundError:
        return False


def size() -> tuple[int, float]:
    """Bytes in the spool, and seconds since its oldest segment was begun (0 when it is empty)."""
    total, oldest = 0, 0.0
    for path in segments():
        with suppress(FileNotFoundError, ValueError):
            begun = int(path.name.split("-")[1]) / 1e9
            total += path.stat().st_size
            oldest = max(oldest, time.time() - begun)
    return total, oldest if total else 0.0
