"""CSV and its relatives."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping

from metaedu_plugin.capture.importing.columns import match
from metaedu_plugin.capture.importing.errors import ImportFailed
from metaedu_plugin.capture.importing.lines import Source
from metaedu_plugin.capture.importing.table import Table
from metaedu_plugin.capture.ingest import BATCH
from metaedu_plugin.capture.rows import Batch, Malformed, Origin

DELIMITERS = ",;\t|"


def batches(
    source: Source, table: Table, *, columns: Mapping[str, str], course: str | None, encoding: str | None
) -> Iterator[Batch]:
    """The rows of a file in batches; the first line names the columns.

    Raises ImportFailed before the first batch where columns are missing or the text is in another encoding.
    """
    label = source.path.name
    encoding = encoding or "utf-8-sig"
    for _ in source.texts(encoding):
        pass
    head = next(source.text_lines(encoding), "")
    if not head.strip():
        return
    delimiter = max(DELIMITERS, key=head.count)
    reader = csv.reader(source.text_lines(encoding), delimiter=delimiter)
    try:
        names = next(reader, [])
        fields = match(names, given=columns, course=course, file=label)
        places = {field: names.index(column) for field, column in fields.items()}
        batch = Batch()
        for cells in reader:
            if not cells:
                continue
            where = f"{label}:{reader.line_num}"
            if len(cells) == len(names):
                table.read({field: cells[at] for field, at in places.items()}, source=where, into=batch)
            else:
                detail = f"{len(cells)} cells where the first line names {len(names)} columns"
                batch.refuse(Malformed("wrong_cells", detail), Origin(where, dict))
            if len(batch) >= BATCH:
                yield batch
                batch = Batch()
        if len(batch):
            yield batch
        if reader.line_num <= 1:
            raise ImportFailed(f"{source.path}: it is empty but for the names of its columns; export it again")
    except csv.Error as error:
        raise ImportFailed(f"{label}:{reader.line_num}: {error}; is a quote left open?") from error
