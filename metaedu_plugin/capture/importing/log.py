"""Tracking logs, and files of events or xAPI statements as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from metaedu_plugin.capture import events
from metaedu_plugin.capture.importing.errors import ImportFailed
from metaedu_plugin.capture.importing.lines import Source
from metaedu_plugin.capture.ingest import BATCH
from metaedu_plugin.capture.rows import Batch, Malformed, Origin

MARKS = [f'"{name}"'.encode() for name in (*events.KINDS, "actor")]
"""A line without one of these bytes holds no wanted event: it is checked to be JSON, and not decoded."""
LINES = 20_000
"""Lines a batch at most: a log of other events moves on, too."""
LARGEST_DOCUMENT = 256 << 20
"""Bytes of a file that is one JSON document: it has to be read whole."""


class _Anything(msgspec.Struct):
    """A JSON object none of whose fields is decoded."""


_decode = msgspec.json.Decoder().decode
_skim = msgspec.json.Decoder(_Anything).decode


def batches(source: Source, *, encoding: str | None = None, course: str | None = None) -> Iterator[Batch]:
    """The events of a log in batches, those of `course` alone where it is given."""
    label = source.path.name
    document = _document(source)
    read: Callable[..., None] = read_line if document is None else events.read
    lines: Iterable[Any] = source.lines(encoding) if document is None else document
    batch, taken = Batch(), 0
    for number, line in enumerate(lines, 1):
        read(line, source=f"{label}:{number}", into=batch)
        taken += 1
        if len(batch) >= BATCH or taken >= LINES:
            yield _of_course(batch, course)
            batch, taken = Batch(), 0
    if taken:
        yield _of_course(batch, course)


def read_line(line: bytes, *, source: str, into: Batch) -> None:
    """One line, bare JSON or behind the logger's prefix; an empty line is nothing."""
    body = line[max(line.find(b"{"), 0) :].strip().removeprefix(b"\xef\xbb\xbf")
    if not body:
        return
    wanted = any(mark in body for mark in MARKS)
    try:
        event = _decode(body) if wanted else _skim(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # The platform's encoder writes NaN, which strict JSON does not know.
        try:
            event = json.loads(body.decode())
        except ValueError as error:
            # The line itself may hold anything personal: the file keeps it, the dead letter does not.
            problem = f"not JSON: {error}; look at {source}, mend the line and import the file again"
            into.refuse(Malformed("bad_json", problem), Origin(source, dict))
            return
    if wanted:
        events.read(event, source=source, into=into)
    else:
        into.ignored += 1


def _document(source: Source) -> list[Any] | None:
    """The events of a file that is one JSON document: a list, or one event over several lines; None for a log."""
    start = next(source.lines(), b"").strip()
    if not start.startswith((b"[", b"{")) or _is_json(start) is dict:
        return None
    if source.path.stat().st_size > LARGEST_DOCUMENT:
        size = f"{LARGEST_DOCUMENT >> 20} MB"
        raise ImportFailed(f"{source.path}: one JSON document of more than {size}; write one event a line")
    try:
        document = json.loads(b"".join(source.chunks()))
    except ValueError:
        return None
    return document if isinstance(document, list) else [document]


def _is_json(text: bytes) -> type | None:
    try:
        return type(json.loads(text))
    except ValueError:
        return None


def _of_course(batch: Batch, course: str | None) -> Batch:
    """Without the rows of other courses."""
    if course is not None:
        rows = [row for row in batch.rows if row.course == course]
        batch.ignored += len(batch.rows) - len(rows)
        batch.rows = rows
    return batch
