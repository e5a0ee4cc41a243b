"""How many learners the best peer needs for what ours does with N: what "as good with N as with 10 N" comes to."""

from __future__ import annotations

import math
from itertools import pairwise

from bench.day_one.split import Support
from bench.day_one.table import Key, Table, is_peer

AT: tuple[int, ...] = (1, 3, 10, 30, 100)


def needed(table: Table, ours: Key, course: str, number: Support) -> float | None:
    """Learners after which some peer reaches our AUC, by interpolation between the numbers run on the scale of logs.

    At most the largest number run for the peers, at least 1: beyond either nothing is known. None where ours or all
    peers were not run.
    """
    mine = table.auc(course, ours, number)
    peers = [key for key in table.methods if is_peer(key)]
    best = [(n, table.best(course, peers, n)) for n in table.numbers(course) if isinstance(n, int) and n > 0]
    curve: list[tuple[int, float]] = []
    for n, found in best:
        if found is not None:  # more learners never make the best of all methods worse but by noise
            curve.append((n, max([found[0], *(value for _, value in curve)])))
    if mine is None or not curve:
        return None
    if mine <= curve[0][1]:
        return float(curve[0][0])
    for (few, low), (many, high) in pairwise(curve):
        if low < mine <= high:
            share = (mine - low) / (high - low)
            return math.exp(math.log(few) + share * math.log(many / few))
    return float(curve[-1][0])


def times(table: Table, ours: Key, number: int) -> list[float]:
    """For each course that has more than `number` learners: how many times as many the best peer needs."""
    found = [needed(table, ours, course, number) for course in table.courses]
    return [each / number for each in found if each is not None]
