"""Who is asked about and who may be learnt from: fixed by the learner's number alone, for every method the same."""

from __future__ import annotations

from hashlib import blake2b
from typing import Literal

from bench.day_one.log import Log

Support = int | Literal["all"]
SUPPORT: tuple[Support, ...] = (0, 1, 3, 10, 30, 100, 300, "all")
"""Numbers of learners of the course that a method may have seen."""


def _hash(text: str) -> float:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") / 2**64


def query(log: Log) -> Log:
    """The fifth of the learners that is asked about, and used for nothing else."""
    return log.of([int(n) for n in log.learners if _is_query(log, int(n))])


def support_order(log: Log) -> list[int]:
    """The other learners in the order in which they join."""
    others = [int(n) for n in log.learners if not _is_query(log, int(n))]
    return sorted(others, key=lambda n: _hash(f"{log.name}:order:{n}"))


def support(log: Log, number: Support) -> Log:
    """The first learners to join. Raises ValueError where the course has not more than so many (that is "all")."""
    order = support_order(log)
    if number != "all" and number >= len(order):
        raise ValueError(f"{log.name} has {len(order)} learners to learn from: use 'all'")
    return log.of(order if number == "all" else order[:number])


def numbers(log: Log) -> tuple[Support, ...]:
    """The numbers of `SUPPORT` that the course has: "all" and what is less."""
    most = len(support_order(log))
    return tuple(n for n in SUPPORT if n == "all" or n < most)


def parse(text: str) -> Support:
    """A number or "all", from the command line. Raises ValueError."""
    return "all" if text == "all" else int(text)


def _is_query(log: Log, number: int) -> bool:
    return _hash(f"{log.name}:{number}") < 0.2
