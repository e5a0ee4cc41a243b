"""Cells by what they are, for the marks, the tables and the pictures."""

from __future__ import annotations

from collections.abc import Iterable

from bench.day_one.assemble import Row
from bench.day_one.split import SUPPORT, Support

OURS = "ours"
"""The default; other methods of this project are "ours-<family>"."""

Key = tuple[str, str]
"""Method, and what it was trained on."""


def is_peer(key: Key) -> bool:
    """Whether the method is somebody else's."""
    return key[0] != OURS and not key[0].startswith(f"{OURS}-")


def label(key: Key) -> str:
    """As in tables: what a peer was trained on is only said where it is not the support."""
    return key[0] if key[1] == "support" else f"{key[0]} ({key[1]})"


class Table:
    """Rows of bench/results/day_one.json."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows = list(rows)
        self._at = {(r["course"], r["method"], r["trained_on"], r["support"], r["answers"]): r for r in self.rows}
        self.courses = list(dict.fromkeys(r["course"] for r in self.rows))
        self.methods: list[Key] = list(dict.fromkeys((r["method"], r["trained_on"]) for r in self.rows))

    def numbers(self, course: str) -> list[Support]:
        """Numbers of learners that a course has, 0 always among them: whatever was run for any method."""
        known = {r["support"] for r in self.rows if r["course"] == course} | {0}
        return [n for n in SUPPORT if n in known]

    def row(self, course: str, key: Key, support: Support, answers: str = "all") -> Row | None:
        """A cell; None where it was not run."""
        return self._at.get((course, *key, support, answers))

    def auc(self, course: str, key: Key, support: Support, answers: str = "all") -> float | None:
        """None where it was not run, or the band has one outcome only."""
        row = self.row(course, key, support, answers)
        return None if row is None else row["auc"]

    def best(
        self, course: str, keys: Iterable[Key], support: Support, answers: str = "all"
    ) -> tuple[float, Key] | None:
        """Highest AUC and whose it is; None where there is none."""
        known = [(self.auc(course, key, support, answers), key) for key in keys]
        return max(((value, key) for value, key in known if value is not None), default=None)
