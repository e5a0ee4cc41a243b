"""What nobody waits for: one thread at a time for each course, and a pause after one that failed."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from django.db import connections

log = logging.getLogger(__name__)

PAUSE_SECONDS: Final = 15.0
"""After a failure, before the next try."""


class Background:
    """Reads something of courses in threads; `what` says what, for the log."""

    def __init__(self, read: Callable[[str], object], *, what: str) -> None:
        self._read, self._what = read, what
        self.reset()

    def reset(self) -> None:
        """Begin with nothing: in a forked child, which has none of its parent's threads, and in tests."""
        self._lock = threading.Lock()
        self._running: set[str] = set()
        self._failed: dict[str, float] = {}

    def failed(self, course: str) -> bool:
        """Whether the last try went wrong."""
        return course in self._failed

    def begin(self, course: str) -> None:
        """Read it, unless a thread does so already or failed a moment ago."""
        with self._lock:
            waits = time.time() - self._failed.get(course, 0.0) < PAUSE_SECONDS
            if course in self._running or waits:
                return
            self._running.add(course)
        try:
            threading.Thread(target=self._run, args=(course,), name="metaedu-insights", daemon=True).start()
        except RuntimeError:
            log.exception("insights: no thread can be started, so the %s of %s are not read", self._what, course)
            self._ended(course, failed=True)

    def _run(self, course: str) -> None:
        failed = True
        try:
            self._read(course)
            failed = False
        except Exception:
            again = "trying again when somebody asks"
            log.exception("insights: the %s of %s could not be read; %s", self._what, course, again)
        finally:
            self._ended(course, failed=failed)
            connections.close_all()

    def _ended(self, course: str, *, failed: bool) -> None:
        if failed:
            self._failed[course] = time.time()
        else:
            self._failed.pop(course, None)
        self._running.discard(course)
