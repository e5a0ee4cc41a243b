"""When to stop asking something that fails, and when to ask again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Breaker:
    """After `after` failures in a row, refuses for `cool_down` seconds; then lets one caller try, and so on.

    Threads share it.
    """

    def __init__(self, *, cool_down: float, after: int = 1, clock: Callable[[], float] = time.monotonic) -> None:
        self._cool_down = cool_down
        self._after = after
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._until = 0.0

    def allows(self) -> bool:
        """Whether to ask now. After a cool-down the first caller only: the others would wait for nothing."""
        with self._lock:
            if self._failures < self._after:
                return True
            now = self._clock()
            if now < self._until:
                return False
            self._until = now + self._cool_down
            return True

    def failed(self) -> None:
        """What was asked did not answer."""
        with self._lock:
            self._failures += 1
            self._until = self._clock() + self._cool_down

    def succeeded(self) -> None:
        """What was asked answered."""
        if self._failures:
            with self._lock:
                self._failures = 0

    @property
    def cooling(self) -> bool:
        """Whether it refuses now."""
        return self._failures >= self._after and self._clock() < self._until
