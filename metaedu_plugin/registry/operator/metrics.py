"""The evaluation's rows as tables for reading: methods down, responses seen across."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

ALL: Final = "all"
HIGHER_IS_BETTER: Final = {"auc": True, "log_loss": False, "ece": False}


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One figure with its interval as text, empty where it was not measured."""

    value: str = "\N{EN DASH}"
    interval: str = ""
    best: bool = False


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """One measure of all methods."""

    measure: str
    columns: list[str]
    """Responses of the learner seen before the prediction; `all` comes first."""
    rows: list[tuple[str, list[Cell]]]


def table(metrics: Mapping[str, Any], measure: str) -> Table | None:
    """The table of `auc`, `log_loss` or `ece`; None when nothing was measured. Rows that lack keys are tolerated."""
    listed = metrics.get("table")
    given = [row for row in listed if isinstance(row, Mapping)] if isinstance(listed, list) else []
    figures = {
        (str(row.get("method", "?")), str(row.get("answers", ALL))): row
        for row in given
        if _number(row.get(measure)) is not None
    }
    if not figures:
        return None
    columns = _ordered({answers for _, answers in figures}, given)
    best = {column: _best(figures, column, measure) for column in columns}
    methods = dict.fromkeys(method for method, _ in figures)
    return Table(
        measure=measure,
        columns=columns,
        rows=[
            (method, [_cell(figures.get((method, column)), measure, best[column]) for column in columns])
            for method in methods
        ],
    )


def _ordered(found: set[str], given: Iterable[Mapping[str, Any]]) -> list[str]:
    order = dict.fromkeys(str(row.get("answers", ALL)) for row in given)
    return [name for name in (ALL, *(name for name in order if name != ALL)) if name in found]


def _best(figures: Mapping[tuple[str, str], Mapping[str, Any]], column: str, measure: str) -> float:
    values = [float(row[measure]) for (_, answers), row in figures.items() if answers == column]
    return max(values) if HIGHER_IS_BETTER[measure] else min(values)


def _cell(row: Mapping[str, Any] | None, measure: str, best: float) -> Cell:
    value = _number(row.get(measure)) if row else None
    if row is None or value is None:
        return Cell()
    low, high = _number(row.get(f"{measure}_low")), _number(row.get(f"{measure}_high"))
    interval = f"{low:.3f}\N{EN DASH}{high:.3f}" if low is not None and high is not None else ""
    return Cell(value=f"{value:.3f}", interval=interval, best=value == best)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None
