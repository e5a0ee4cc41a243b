"""The dataset's files: Parquet parts, each a range of stored responses, written whole or not at all."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings

from metaedu_plugin.capture.api import Span

SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("course", pa.dictionary(pa.int32(), pa.string())),
        ("learner", pa.dictionary(pa.int32(), pa.string())),
        ("item", pa.dictionary(pa.int32(), pa.string())),
        ("correct", pa.bool_()),
        ("score", pa.float32()),
        ("attempt", pa.int32()),
        ("hints", pa.int32()),
        ("seconds", pa.float32()),
        ("time", pa.timestamp("us", tz="UTC")),
    ]
)
_NAME = re.compile(r"part-(\d+)-(\d+)\.parquet$")
_BATCH = 50_000


@dataclass(frozen=True)
class Part:
    """One file: the valid responses whose ids lie between `first` and `last`.

    From a source other than the own tables, those of one course; both numbers are then the part's own.
    """

    path: str
    first: int
    last: int


class Parts:
    """A folder of parts, local or on any storage that fsspec knows (`METAEDU_DATASET_URL`, e.g. `s3://…`)."""

    def __init__(self, url: str | None = None, *, of: str = "") -> None:
        """`of` is a source other than the own tables: its parts lie beside the usual folder."""
        if not url:
            # .. setting_name: METAEDU_DATASET_URL
            # .. setting_default: METAEDU_DATA_DIR/dataset
            # .. setting_description: Where the training's dataset lies, as fsspec names places, such as
            #   s3://bucket/folder.
            usual = getattr(settings, "METAEDU_DATASET_URL", None) or f"{settings.METAEDU_DATA_DIR}/dataset"
            url = f"{str(usual).rstrip('/')}-{of}" if of else usual
        self.storage, self.root = fsspec.core.url_to_fs(str(url))
        self.storage.makedirs(self.root, exist_ok=True)

    def all(self) -> list[Part]:
        """The parts in the order of ids. What is not a part, as a killed writer's leftover, is passed over."""
        self.storage.invalidate_cache()
        found = [(_NAME.search(path), path) for path in self.storage.ls(self.root, detail=False)]
        parts = [Part(path, int(name[1]), int(name[2])) for name, path in found if name]
        return sorted(parts, key=lambda part: (part.first, part.last))

    def span(self, part: Part) -> Span:
        """What the part holds, from its footer alone."""
        with self.storage.open(part.path, "rb") as file:
            footer = pq.read_metadata(file)
        return Span(footer.num_rows, int(footer.metadata[b"ids"]), int(footer.metadata[b"last"]))

    def state(self, part: Part) -> tuple[str, str]:
        """The course that the part is of, and what it was like at its source; empty for a part of the own tables."""
        with self.storage.open(part.path, "rb") as file:
            told = pq.read_metadata(file).metadata
        return told.get(b"course", b"").decode(), told.get(b"state", b"").decode()

    def write(
        self, *, first: int, last: int, rows: Iterable[tuple[object, ...]], state: str = "", course: str = ""
    ) -> Part:
        """Write a part under another name and rename it, so that a part is whole or does not exist."""
        path = f"{self.root}/part-{first:012d}-{last:012d}.parquet"
        unfinished = f"{self.root}/.{uuid.uuid4().hex}.unfinished"
        ids = highest = 0
        try:
            with self.storage.open(unfinished, "wb") as file, pq.ParquetWriter(file, SCHEMA) as writer:
                for batch in _batches(rows):
                    writer.write_table(batch)
                    ids += pc.sum(batch["id"]).as_py()
                    highest = max(highest, batch["id"][-1].as_py())
                writer.add_key_value_metadata({"ids": str(ids), "last": str(highest), "state": state, "course": course})
            self.storage.mv(unfinished, path)
        finally:
            if self.storage.exists(unfinished):
                self.storage.rm(unfinished)
        return Part(path, first, last)

    def remove(self, part: Part) -> None:
        """Delete a part."""
        self.storage.rm(part.path)

    def sweep(self) -> None:
        """Delete what killed writers left behind; a writer that is still at work is younger than an hour."""
        for path in self.storage.glob(f"{self.root}/.*.unfinished"):
            if self.storage.modified(path) < datetime.now(UTC) - timedelta(hours=1):
                self.storage.rm(path)

    def read(self) -> pa.Table:
        """All parts as one table; a row that two parts hold is there twice."""
        tables = []
        for part in self.all():
            with self.storage.open(part.path, "rb") as file:
                tables.append(pq.read_table(file))
        return pa.concat_tables(tables).unify_dictionaries() if tables else SCHEMA.empty_table()


def _batches(rows: Iterable[tuple[object, ...]]) -> Iterator[pa.Table]:
    rows = iter(rows)
    while batch := list(islice(rows, _BATCH)):
        columns = zip(*batch, strict=True)
        arrays: list[Any] = [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)]
        yield pa.Table.from_arrays(arrays, schema=SCHEMA)
