"""The line in which work waits: so long and no longer, and nothing stays in it beyond its deadline.

A service that takes in more than it can do answers everybody late. This one does what it can at its full rate, and
tells the others at once to come again. What waits and is of one kind is done in one go: the more are waiting, the less
each of them costs.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from serving.service.refusal import Refusal

BUSY: Final = Refusal(429, "busy", "more is asked than can be answered; come again", retry_after=1)

WORK: Final = 16.0
LONGEST: Final = 0.005
"""Seconds of everything else that count at most: so the loop sees its connections ten times a second at least."""
GATHERING: Final = 0.001
"""Seconds to wait for as many as were there last time: who was answered together asks again together."""
MOST_AT_ONCE: Final = 16
"""How much is done in one go."""
W = TypeVar("W")
T = TypeVar("T")
Waited = Callable[[float], None]
Doing = Callable[[Sequence[W]], Sequence[T | Exception]]
"""Does several pieces of work; what one of them raises is in the place of what it gives."""


@dataclass
class _Place:
    work: Any
    doing: Doing[Any, Any]
    joined: float
    until: float
    done: asyncio.Future[Any]

    def settle(self, told: Any) -> None:
        if self.done.done():  # whoever asked has gone
            return
        if isinstance(told, Exception):
            self.done.set_exception(told)
        else:
            self.done.set_result(told)


class Line:
    """Does work in turn on the event loop, or with `threads` where a store makes each one wait.

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
        self._coming: asyncio.Handle | None = None
        self._together, self._left = 1, 0.0
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="engine") if threads else None
        self._free = threads

    @property
    def length(self) -> int:
        """How much waits or is under way."""
        return self._there

    @property
    def full(self) -> bool:
        """Whether more is refused."""
        return self._there >= self._most

    async def do(self, work: W, doing: Doing[W, T], *, until: float) -> T:
        """What the work gives, which `doing` does together with what else waits for the same `doing`.

        Raises Refusal when the line is full, or when the turn has not come until then (`time.monotonic()`).
        """
        if self.full:
            raise BUSY
        self._there += 1
        try:
            loop = asyncio.get_running_loop()
            place = _Place(work, doing, time.monotonic(), until, loop.create_future())
            self._places.append(place)
            self._call(loop)
            told: T = await place.done
            return told
        finally:
            self._there -= 1

    def close(self) -> None:
        """End the threads, when what they do is done."""
        if self._threads is not None:
            self._threads.shutdown()

    def _call(self, loop: asyncio.AbstractEventLoop) -> None:
        """See to it that the next turn comes: at once, or when as many are there as were answered last."""
        if self._coming is None:
            wait = len(self._places) < self._together
            self._coming = loop.call_later(GATHERING, self._next, loop) if wait else loop.call_soon(self._next, loop)
        elif isinstance(self._coming, asyncio.TimerHandle) and len(self._places) >= self._together:
            self._coming.cancel()
            self._coming = loop.call_soon(self._next, loop)

    def _next(self, loop: asyncio.AbstractEventLoop) -> None:
        began, self._coming = time.monotonic(), None
        until = began + WORK * min(began - self._left, LONGEST)
        while self._places:
            if self._threads is not None:
                if not self._free:
                    return  # who becomes free comes here
                self._free -= 1
                self._threads.submit(self._aside, self._take(), loop)
                continue
            _settle(self._turn(self._take()))
            self._left = time.monotonic()
            if self._left >= until and self._places:
                self._coming = loop.call_soon(self._next, loop)
                return

    def _take(self) -> list[_Place]:
        """The first place, with those behind it that wait for the same."""
        taken = [self._places.popleft()]
        others: list[_Place] = []
        while self._places and len(taken) < MOST_AT_ONCE:
            place = self._places.popleft()
            (taken if place.doing == taken[0].doing else others).append(place)
        self._places.extendleft(reversed(others))
        self._together = len(taken)
        return taken

    def _turn(self, taken: Sequence[_Place]) -> list[tuple[_Place, Any]]:
        """What came of each. Never raises."""
        now, doing = time.monotonic(), taken[0].doing
        for place in taken:
            self._waited(now - place.joined)
        there = [place for place in taken if now <= place.until and not place.done.done()]
        try:
            told = doing([place.work for place in there]) if there else []
        except Exception as error:
            told = [error] * len(there)
        late = Refusal(503, "too_late", "its turn did not come before the deadline", retry_after=1)
        return [*zip(there, told, strict=True), *((place, late) for place in taken if now > place.until)]

    def _aside(self, taken: Sequence[_Place], loop: asyncio.AbstractEventLoop) -> None:
        told = self._turn(taken)
        loop.call_soon_threadsafe(self._back, told, loop)

    def _back(self, told: list[tuple[_Place, Any]], loop: asyncio.AbstractEventLoop) -> None:
        self._free += 1
        _settle(told)
        if self._places:
            self._call(loop)


def _settle(told: list[tuple[_Place, Any]]) -> None:
    for place, what in told:
        place.settle(what)
