"""Parquet, through pyarrow, which only this import needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from metaedu_plugin.capture.importing.columns import match
from metaedu_plugin.capture.importing.errors import ImportFailed
from metaedu_plugin.capture.importing.lines import Progress
from metaedu_plugin.capture.importing.table import Table
from metaedu_plugin.capture.ingest import BATCH
from metaedu_plugin.capture.rows import Batch


def batches(
    path: Path, table: Table, *, columns: Mapping[str, str], course: str | None, progress: Progress | None
) -> Iterator[Batch]:
    """The rows of a file in batches; only the columns that mean something are read.

    Raises ImportFailed where pyarrow is missing or will not load, the file is no Parquet, or columns are missing.
    """
    try:
        import pyarrow as arrow  # noqa: PLC0415  heavy, and not in a platform's environment
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError as error:
        raise ImportFailed(
            f"Parquet files need pyarrow ({error}): pip install pyarrow, or 'pyarrow<26' beside NumPy 1"
        ) from error
    size = path.stat().st_size
    try:
        file = parquet.ParquetFile(path)
        fields = match(file.schema_arrow.names, given=columns, course=course, file=path.name)
        done = 0
        for some in file.iter_batches(batch_size=BATCH, columns=list(dict.fromkeys(fields.values()))):
            batch = Batch()
            cells = {field: some.column(column).to_pylist() for field, column in fields.items()}
            for number in range(some.num_rows):
                record = {field: column[number] for field, column in cells.items()}
                table.read(record, source=f"{path.name}:{done + number + 1}", into=batch)
            done += some.num_rows
            if progress is not None:
                progress(size * done // file.metadata.num_rows, size)
            yield batch
    except (arrow.ArrowException, OSError) as error:
        raise ImportFailed(f"{path.name}: not a Parquet file that can be read: {error}") from error
