"""The page's tables as files, a part at a time: CSV, and Parquet where pyarrow is installed."""

from __future__ import annotations

import csv
import importlib.util
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final

from metaedu_plugin.insights.right import VersionRight
from metaedu_plugin.insights.statistics import Estimate
from metaedu_plugin.insights.statistics.fairness import GroupFairness
from metaedu_plugin.insights.statistics.runs import RunChange
from metaedu_plugin.insights.tables import ItemRow, LearnerRow, Range, SkillRow, known

Cellular = str | int | float | None
Header = list[tuple[str, type]]
BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel takes UTF-8 for something else."""
ROWS_AT_ONCE: Final = 1000
"""Rows of one group of a Parquet file."""


@dataclass(frozen=True)
class Table:
    """What a file holds."""

    header: Header
    """Names of the columns, with the types of their values; any value may be missing."""
    rows: Iterable[Sequence[Cellular]]
    """May be made while they are read."""


def item_table(rows: Iterable[ItemRow]) -> Table:
    """The items table."""
    header: Header = [
        *_text("item", "title", "skills"),
        *_count("learners", "answers"),
        *_figure(*_range("first_attempt_success"), "difficulty", *_range("discrimination")),
        *_figure("attempts", "hint_share", "median_seconds"),
        *_text("wrong_choice"),
        *_figure("wrong_choice_share"),
        *_text("flags"),
    ]
    return Table(
        header,
        (
            [
                *(row.key, row.title, "; ".join(row.skills), row.learners, row.answers, *_cells(row.success)),
                *(row.difficulty, *_cells(row.discrimination), row.attempts, row.hint_share, row.seconds),
                *(row.wrong_choice, row.wrong_choice_share, "; ".join(row.flags)),
            ]
            for row in rows
        ),
    )


def skill_table(rows: Iterable[SkillRow]) -> Table:
    """The skills table."""
    header: Header = [
        *_text("skill", "title"),
        *_count("items", "learners", "answers"),
        *_figure(*_range("first_attempt_success"), *_range("gain"), "fitted_first_error", *_range("learning_rate")),
        *_text("flags"),
    ]
    return Table(
        header,
        (
            [
                *(row.key, row.title, row.items, row.learners, row.answers, *_cells(row.success), *_cells(row.gain)),
                *(row.start, *_cells(row.rate), "; ".join(row.flags)),
            ]
            for row in rows
        ),
    )


def learner_table(rows: Iterable[LearnerRow], skills: Sequence[str]) -> Table:
    """The learners with their mastery of each skill; `skills` are titles in the order of the map."""
    header: Header = [
        *_text("learner", "name"),
        *_count("answers", "items"),
        *_figure(*_range("first_attempt_success")),
        *_text("last_answer"),
        *_count("wrong_in_a_row"),
        *_text("needs"),
        *_figure("mean_mastery", *(name for title in skills for name in _range(title))),
    ]
    return Table(
        header,
        (
            [
                *(row.learner, row.name, row.answers, row.items, *_cells(row.success)),
                *(row.last.isoformat() if row.last else None, row.wrong_in_a_row, "; ".join(row.needs), row.mean),
                *(
                    figure if cell.responses else None
                    for cell in row.cells
                    for figure in (cell.mean, cell.low, cell.high)
                ),
            ]
            for row in rows
        ),
    )


def calibration_table(versions: Iterable[VersionRight]) -> Table:
    """What was predicted and what came: one row for each bin of each version."""
    header: Header = [
        *_text("version", "since"),
        *_figure("predicted_least", "predicted_most", "predicted", *_range("right")),
        *_count("answers"),
    ]
    return Table(
        header,
        (
            [
                *(one.model, one.since.isoformat() if one.since else None, each.least, each.most, each.expected),
                *(*_estimate(each.right), each.right.n),
            ]
            for one in versions
            if one.calibration
            for each in one.calibration.bins
        ),
    )


def fairness_table(groups: Iterable[GroupFairness]) -> Table:
    """How right it is for each group."""
    header: Header = [
        *_text("group"),
        *_count("learners", "answers"),
        *_figure(*_range("auc"), *_range("auc_of_others"), "abroca", "abroca_by_chance", "share_of_random_splits"),
        *_figure("predicted", *_range("right")),
    ]
    return Table(
        header,
        (
            [
                *(one.group, one.learners, one.right.n, *_estimate(one.area), *_estimate(one.others), one.between),
                *(one.usual, one.by_chance, one.expected, *_estimate(one.right)),
            ]
            for one in groups
        ),
    )


def run_table(rows: Iterable[tuple[str, RunChange]]) -> Table:
    """Items beside earlier runs; each with its title."""
    header: Header = [
        *_text("item", "title"),
        *_count("learners"),
        *_figure(*_range("first_attempt_success"), "as_hard_as_before"),
        *_figure(*_range("difference"), *_range("harder_logits"), "p"),
        *_text("sure"),
    ]
    return Table(
        header,
        (
            [
                *(one.item, title, one.now.success.n, *_estimate(one.now.success), one.expected),
                *(*_estimate(one.shift), *_estimate(one.harder), one.p, "yes" if one.sure else "no"),
            ]
            for title, one in rows
        ),
    )


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_parts(table: Table) -> Iterator[bytes]:
    """Lines of a CSV file."""
    writer = csv.writer(_Echo())
    yield (BYTE_ORDER_MARK + writer.writerow([name for name, _ in table.header])).encode()
    for row in table.rows:
        yield writer.writerow([_safe(cell) for cell in row]).encode()


@lru_cache(maxsize=1)
def has_parquet() -> bool:
    """Whether Parquet files can be written here."""
    return importlib.util.find_spec("pyarrow") is not None


def parquet_parts(table: Table) -> Iterator[bytes]:
    """A Parquet file, a group of rows at a time."""
    import pyarrow as pa  # noqa: PLC0415  where it is not installed, there is no link to this
    import pyarrow.parquet as pq  # noqa: PLC0415

    types = {str: pa.string(), int: pa.int64(), float: pa.float64()}
    schema = pa.schema([(name, types[kind]) for name, kind in table.header])
    buffer = io.BytesIO()
    sink = pa.PythonFile(_Positioned(buffer), mode="w")
    rows = iter(table.rows)
    with pq.ParquetWriter(sink, schema) as writer:
        yield _taken(buffer)  # the file begins before its rows are made
        while some := list(islice(rows, ROWS_AT_ONCE)):
            columns = zip(*some, strict=True)
            writer.write_table(pa.table([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema))
            yield _taken(buffer)
    yield _taken(buffer)


class _Positioned:
    """A buffer that is emptied while it is written, and yet tells how far the file is."""

    def __init__(self, buffer: io.BytesIO) -> None:
        self._buffer, self._at, self.closed = buffer, 0, False

    def write(self, data: bytes) -> int:
        self._at += len(data)
        return self._buffer.write(data)

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True


def _taken(buffer: io.BytesIO) -> bytes:
    data = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return data


def _text(*names: str) -> Header:
    return [(name, str) for name in names]


def _count(*names: str) -> Header:
    return [(name, int) for name in names]


def _figure(*names: str) -> Header:
    return [(name, float) for name in names]


def _range(name: str) -> tuple[str, str, str]:
    return name, f"{name} low", f"{name} high"


def _cells(one: Range) -> tuple[float | None, float | None, float | None]:
    return one.value, one.low, one.high


def _estimate(one: Estimate) -> tuple[float | None, float | None, float | None]:
    return known(one.value), known(one.low), known(one.high)


def _safe(cell: Cellular) -> Cellular:
    """Text that a spreadsheet would take for a formula gets a quote before it (OWASP, CSV injection)."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
