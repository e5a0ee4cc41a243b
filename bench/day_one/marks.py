"""What is aimed at, and how many cells hold.

1. After N learners ours is at least as good as the best peer after ten times as many (10 for none, 10 for one; "all"
   where the course has no more).
2. The same, for no learners at all.
4. At a learner's responses 1-5 and 6-10 ours is the best of all methods; at 51+ best, or within noise: the upper end
   of its 95 % interval reaches the best. Without learners of the course nobody else answers: from N = 1.
5. Calibration error of at most 0.02 from 30 learners on, and 0.05 for none.

What was not run is counted as missing, and never as met.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench.day_one import equivalent
from bench.day_one.assemble import Row
from bench.day_one.split import Support
from bench.day_one.table import OURS, Key, Table, is_peer, label

_TENFOLD: dict[Support, Support] = {0: 10, 1: 10, 3: 30, 10: 100, 30: 300, 100: "all", 300: "all", "all": "all"}
_ECE = {0: 0.05, 30: 0.02, 100: 0.02, 300: 0.02, "all": 0.02}
_SAME = (OURS, "ours-forward")
"""The default, however it was trained, and a part of it: no other methods."""
COMMAND = "make bench-day-one"
MEASURED_ON = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


@dataclass(frozen=True)
class Check:
    """One cell of a mark; `met` None where it could not be told."""

    mark: str
    course: str
    support: Support
    value: float | None
    bound: float | None
    met: bool | None
    compared_to: str
    within_noise: bool | None = None


def checks(table: Table, ours: Key) -> Iterator[Check]:
    """Every cell of every mark for one training of ours."""
    peers = [k for k in table.methods if is_peer(k)]
    others = [k for k in table.methods if k[0] not in _SAME]
    for course in table.courses:
        numbers = table.numbers(course)
        for number in numbers:
            later = _TENFOLD[number] if _TENFOLD[number] in numbers else "all"
            best = table.best(course, peers, later)
            for mark in ("1", "2") if number == 0 else ("1",):
                when = f"after {later} learners"
                yield _against(table, ours, mark=mark, course=course, number=number, best=best, when=when)
            for band in ("1-5", "6-10", "51+") if number != 0 else ():
                rival, mark = table.best(course, others, number, band), f"4, responses {band}"
                if band == "51+" and rival is None:
                    continue  # no learner of the course has so many responses
                yield _against(table, ours, mark=mark, course=course, number=number, band=band, best=rival)
            if number in _ECE:
                row = table.row(course, ours, number)
                value, bound = row["ece"] if row else None, _ECE[number]
                mark = "5, no learners" if number == 0 else "5, 30 learners or more"
                met = None if value is None else value <= bound
                yield Check(mark, course, number, value, bound, met, "")


def marks(table: Table) -> list[Row]:
    """Summaries first, then every cell, as rows of bench/results/day_one_marks.json."""
    summaries, details = [], []
    for ours in [k for k in table.methods if k[0] == OURS] or [(OURS, "not run")]:
        found = list(checks(table, ours))
        name = f"day one, {label(ours)}, mark"
        for mark in sorted({c.mark for c in found}):
            summaries += _summary(f"{name} {mark}", [c for c in found if c.mark == mark])
        summaries += _equivalents(table, ours, name)
        for c in found:
            unit = "ECE" if c.mark.startswith("5") else "AUC"
            figure = f"{name} {c.mark}: {c.course}, {c.support} learners"
            details.append(_row(figure, c.value, unit, mark=c.bound, met=c.met, compared_to=c.compared_to or None))
    return summaries + details


def _against(
    table: Table,
    ours: Key,
    *,
    mark: str,
    course: str,
    number: Support,
    band: str = "all",
    best: tuple[float, Key] | None,
    when: str = "",
) -> Check:
    row = table.row(course, ours, number, band)
    value = row["auc"] if row else None
    bound, whose = best or (None, None)
    rival = f"{label(whose)} {when}".strip() if whose else "nothing run"
    if row is None or value is None or bound is None:
        return Check(mark, course, number, value, bound, None, rival)
    noise = (row["auc_high"] or value) >= bound
    return Check(mark, course, number, value, bound, noise if band == "51+" else value >= bound, rival, noise)


def _summary(name: str, found: list[Check]) -> list[Row]:
    met, missing = sum(c.met is True for c in found), sum(c.met is None for c in found)
    rows = [_row(f"{name}: cells that hold", met, "cells", mark=len(found), met=met == len(found))]
    if missing:
        rows.append(_row(f"{name}: cells that could not be told", missing, "cells", mark=0, met=False))
    noise = [c.within_noise for c in found if c.within_noise is not None]
    if noise:
        rows.append(_row(f"{name}: cells that hold or are within noise", sum(noise), "cells", mark=None, met=None))
    values = [c.value for c in found if c.value is not None]
    if values and name.split("mark ")[1].startswith("5"):
        bound = found[0].bound
        mean, largest = sum(values) / len(values), max(values)
        rows.append(_row(f"{name}: mean", round(mean, 4), "ECE", mark=bound, met=None))
        rows.append(_row(f"{name}: largest", round(largest, 4), "ECE", mark=bound, met=None))
    return rows


def _equivalents(table: Table, ours: Key, name: str) -> list[Row]:
    """For each N: how many times as many learners the best peer needs, median over courses."""
    rows = []
    for number in equivalent.AT:
        each = equivalent.times(table, ours, number)
        if each:
            figure = f"{name} 1: learners the best peer needs for what ours does with {number}, median over courses"
            beside = {"lowest": round(min(each), 2), "highest": round(max(each), 2), "courses": len(each)}
            rows.append(
                _row(figure, round(median(each), 2), "times as many", mark=10, met=median(each) >= 10, **beside)
            )
    return rows


def _row(figure: str, value: float | None, unit: str, *, mark: float | None, met: bool | None, **beside: Any) -> Row:
    row = {"figure": figure, "value": value, "unit": unit, "mark": mark, "met": met, "compared_to": None}
    return {**row, **beside, "command": COMMAND, "measured_on": MEASURED_ON}
