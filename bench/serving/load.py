"""A load of requests over so many connections: each sends its next when the last was answered."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

CUT = 0
"""Stands for the status of a request whose connection was cut."""
Make = Callable[[int, int], bytes]
"""Of connection and number: the whole HTTP request."""


@dataclass
class Told:
    """What came of a load."""

    seconds: float = 0.0
    taken: list[float] = field(default_factory=list)
    """Seconds of each request that was answered with 200."""
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Answers with 200 in a second."""
        return len(self.taken) / self.seconds

    def milliseconds(self, percentile: float) -> float:
        """Of the requests that were answered with 200."""
        return float(np.percentile(self.taken, percentile) * 1000) if self.taken else float("nan")


def post(path: str, body: bytes, headers: str = "") -> bytes:
    """An HTTP request."""
    head = f"POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n{headers}"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


def load(
    port: int, make: Make, *, connections: int, seconds: float, first: int = 0, least: int = 0, every: float = 0.0
) -> Told:
    """Ask for so long, and so often at least; requests are numbered from `first` for each connection.

    Each connection asks as soon as it was answered, but no more often than `every` so many seconds.
    """
    told = Told()

    async def one(connection: int, until: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        number = first
        while (began := time.perf_counter()) < until or number < first + least:
            if every:
                due = until - seconds + every * (number - first + connection / connections)
                await asyncio.sleep(due - began)
                began = time.perf_counter()
            writer.write(make(connection, number))
            number += 1
            try:
                status, _ = await answer(reader)
            except (ConnectionError, EOFError):
                told.statuses[CUT] += 1
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                continue
            told.statuses[status] += 1
            if status == 200:
                told.taken.append(time.perf_counter() - began)
        writer.close()

    async def all_of_them() -> None:
        began = time.perf_counter()
        await asyncio.gather(*(one(number, began + seconds) for number in range(connections)))
        told.seconds = time.perf_counter() - began

    asyncio.run(all_of_them())
    return told


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body of the next answer."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    at = head.index(b"content-length:") + 15
    body = await reader.readexactly(int(head[at : head.index(b"\r\n", at)]))
    return int(head[9:12]), body
