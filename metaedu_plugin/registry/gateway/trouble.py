"""Failures counted and told, without a flood of log lines."""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime
from typing import Final

ONCE_IN: Final = 60.0
"""Seconds between two log lines."""
logger = logging.getLogger(__name__)


class Trouble:
    """Counts failures of one process and logs at most one a minute."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next_line = 0.0
        self.count = 0
        self.last = ""
        self.at: datetime | None = None

    def fell_back(self) -> None:
        """Count a question that another than the first had to answer."""
        with self._lock:
            self.count += 1
            self.at = datetime.now(UTC)

    def note(self, error: Exception) -> None:
        """Keep what went wrong, and log it unless that was done lately."""
        with self._lock:
            self.last = f"{type(error).__name__}: {error}"
            now = time.monotonic()
            due = now >= self._next_line
            if due:
                self._next_line = now + ONCE_IN
        if due:
            logger.warning("metaedu: the prior answers instead (%d times so far): %s", self.count, self.last)
