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

    def note(self, error: Exception) -> None:
        """Count a failure."""
        with self._lock:
            self.count += 1
            self.last = f"{type(error).__name__}: {error}"
            self.at = datetime.now(UTC)
            now = time.monotonic()
            due = now >= self._next_line
            if due:
                self._next_line = now + ONCE_IN
        if due:
            logger.warning("metaedu: answered from the prior (%d times so far): %s", self.count, self.last)
