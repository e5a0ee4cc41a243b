"""Tables written a part at a time: CSV, several in a ZIP archive, and Parquet where pyarrow is installed."""

from __future__ import annotations

import csv
import importlib.util
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final

Cellular = str | int | float | None
Header = list[tuple[str, type]]
Parts = Iterator[bytes]
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


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_parts(table: Table) -> Parts:
    """Lines of a CSV file."""
    writer = csv.writer(_Echo())
    yield (BYTE_ORDER_MARK + writer.writerow([name for name, _ in table.header])).encode()
    for row in table.rows:
        yield writer.writerow([_safe(cell) for cell in row]).encode()


def zip_parts(tables: Mapping[str, Table]) -> Parts:
    """An archive of CSV files, by name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(_Positioned(buffer), "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        for name, table in tables.items():
            with archive.open(name, "w") as entry:
                for part in csv_parts(table):
                    entry.write(part)
                    if buffer.tell():
                        yield _taken(buffer)
    yield _taken(buffer)


@lru_cache(maxsize=1)
def has_parquet() -> bool:
    """Whether Parquet files can be written here."""
    return importlib.util.find_spec("pyarrow") is not None


def parquet_parts(table: Table) -> Parts:
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


def _safe(cell: Cellular) -> Cellular:
    """Text that a spreadsheet would take for a formula gets a quote before it (OWASP, CSV injection)."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
