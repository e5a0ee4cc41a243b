"""The line in which work waits: so long and no longer, and nothing stays in it beyond its deadline.

A service that takes in more than it can do answers everybody late. This one does what it can at its full rate, and
tells the others at once to come again.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple, TypeVar

from serving.service.refusal import Refusal

BUSY: Final = Refusal(429, "busy", "more is asked than can be answered; come again", retry_after=1)

WORK: Final = 8.0
LONGEST: Final = 0.002
"""Seconds of everything else that count at most: so the loop looks after its connections some sixty times a second."""
T = TypeVar("T")
Waited = Callable[[float], None]


class _Place(NamedTuple):
    work: Callable[[], Any]
    joined: float
    until: float
    done: asyncio.Future[Any]


class Line:
    """Does work one after the other on the event loop, or with `threads` where a store makes each one wait.

    On the loop, work gets `WORK` times the time that everything else took since: a storm of requests that are to be
    refused may slow down the refusing, never the answers.

    Args:
        most: how much may wait or be under way.
        threads: 0 for the event loop itself.
        waited: told the seconds that each piece of work has waited.

    """

    def __init__(self, *, most: int, threads: int = 0, waited: Waited = lambda seconds: None) -> None:
        self._most, self._waited = most, waited
        self._there = 0
        self._places: deque[_Place] = deque()
        self._coming, self._left = False, 0.0
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="engine") if threads else None

    @property
    def length(self) -> int:
        """How much waits or is under way."""
        return self._there

    @property
    def full(self) -> bool:
        """Whether more is refused."""
        return self._there >= self._most

    async def do(self, work: Callable[[], T], *, until: float) -> T:
        """What the work gives.

        Raises Refusal when the line is full, or when the turn has not come until then (`time.monotonic()`).
        """
        if self.full:
            raise BUSY
        self._there += 1
        joined = time.monotonic()
        try:
            if self._threads is not None:
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(self._threads, self._turn, work, joined, until)
            place = _Place(work, joined, until, asyncio.get_running_loop().create_future())
            self._places.append(place)
            if not self._coming:
                self._coming = True
                asyncio.get_running_loop().call_soon(self._next)
            told: T = await place.done
            return told
        finally:
            self._there -= 1

    def close(self) -> None:
        """End the threads, when what they do is done."""
        if self._threads is not None:
            self._threads.shutdown()

    def _turn(self, work: Callable[[], T], joined: float, until: float) -> T:
        now = time.monotonic()
        self._waited(now - joined)
        if now > until:
            raise Refusal(503, "too_late", "its turn did not come before the deadline", retry_after=1)
        return work()

    def _next(self) -> None:
        began = time.monotonic()
        until = began + WORK * min(began - self._left, LONGEST)
        while True:
            place = self._places.popleft()
            try:
                if not place.done.done():
                    place.done.set_result(self._turn(place.work, place.joined, place.until))
            except Exception as error:
                place.done.set_exception(error)  # _turn's: the future is not done
            self._left = time.monotonic()
            if not self._places:
                self._coming = False
                return
            if self._left >= until:
                place.done.get_loop().call_soon(self._next)
                return
