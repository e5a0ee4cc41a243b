"""Files of the past to rows: tracking logs, xAPI statements, CSV, Parquet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from metaedu_plugin.capture.data import Counts
from metaedu_plugin.capture.importing import delimited, log, parquet
from metaedu_plugin.capture.importing.errors import ImportFailed
from metaedu_plugin.capture.importing.lines import Progress, Source
from metaedu_plugin.capture.importing.table import Table
from metaedu_plugin.capture.store import write

TABLES = (".csv", ".tsv", ".txt")
PARQUET = (".parquet", ".pq")


def import_file(
    *,
    path: str | Path,
    course: str | None = None,
    columns: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    skill_separator: str = ";",
    encoding: str | None = None,
) -> Counts:
    """Everything usable in a file to rows; the same file twice changes nothing.

    The name tells the kind: `.csv`, `.tsv` and `.txt` (also `.gz`) are tables whose first line names the columns,
    `.parquet` is Parquet, all else is a tracking log or xAPI statements, one a line or all in a list. `columns` maps
    fields to columns where the usual names do not fit (`{"learner": "who"}`). `course` names the course of a table; of
    a log it takes that course alone.
    Rows that cannot be used become dead letters with file and line.

    Raises ImportFailed for a file that cannot be used at all, before anything is written, and at the end for one
    that is cut short or damaged: `counts` is what went in. Raises OperationalError when the database does not answer.
    """
    source = Source(Path(path), progress)
    suffixes = [suffix.lower() for suffix in source.path.suffixes if suffix.lower() != ".gz"]
    suffix = suffixes[-1] if suffixes else ""
    table = Table(course=course, separator=skill_separator)
    if suffix in PARQUET:
        batches = parquet.batches(source.path, table, columns=columns or {}, course=course, progress=progress)
    elif suffix in TABLES:
        batches = delimited.batches(source, table, columns=columns or {}, course=course, encoding=encoding)
    else:
        batches = log.batches(source, encoding=encoding, course=course)
    counts, first = Counts(), True
    try:
        for batch in batches:
            if first and not batch.rows and not batch.ignored:
                why = f": {batch.refused[0].origin.source}: {batch.refused[0].detail}" if batch.refused else ""
                raise ImportFailed(f"{path}: nothing in it can be used{why}")
            first = False
            counts.add(write(batch))
    except ImportFailed as error:
        error.counts = counts
        raise
    if first:
        raise ImportFailed(f"{path}: {source.cut or 'it is empty'}; nothing is imported, get a whole copy")
    if source.cut:
        raise ImportFailed(
            f"{path}: {source.cut}; everything before is imported, get a whole copy for the rest", counts
        )
    return counts
