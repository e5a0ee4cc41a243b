"""Rows of a table, from whatever file, to responses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from metaedu_plugin.capture import identity
from metaedu_plugin.capture.importing import values
from metaedu_plugin.capture.rows import Batch, Malformed, Origin, ResponseRow, check

RECORD = "record"
"""Where the dead letter of a row holds its fields; events have no such field."""


class Table:
    """Turns records into responses, and remembers what a file as a whole says: occurrences, and skills of items."""

    def __init__(self, *, course: str | None = None, separator: str = ";") -> None:
        self._course = course
        self._separator = separator
        self._occurrences: dict[int, int] = {}
        self._skills: dict[tuple[str, str], tuple[str, ...]] = {}

    def read(self, record: Mapping[str, Any], *, source: str, into: Batch) -> None:
        """One record, field -> cell, to a response or a dead letter, and its skills where they are new."""
        try:
            name = identity.pseudonym(f"id:{values.text('learner', record['learner'])}")
        except Malformed:
            name = ""
        kept = {**record, "learner": name, "course": self._course or record.get("course")}
        kept["occurrence"] = self._occurrence(name, record.get("item"))
        row = _read(kept, source=source, into=into)
        if row is not None:
            self._note(row, record.get("skill"), into)

    def _occurrence(self, name: str, item: Any) -> int:
        """How often the file has had this learner at this item, this time included."""
        pair = hash((name, item if isinstance(item, str | int | float) else None))
        self._occurrences[pair] = occurrence = self._occurrences.get(pair, 0) + 1
        return occurrence

    def _note(self, row: ResponseRow, cell: Any, into: Batch) -> None:
        cells = cell if isinstance(cell, list) else str(cell if cell is not None else "").split(self._separator)
        there = self._skills.get((row.course, row.item), ())
        new = [skill for skill in dict.fromkeys(str(one).strip() for one in cells) if skill and skill not in there]
        if new:
            both = (*there, *new)
            self._skills[row.course, row.item] = both
            into.skills.setdefault(row.course, {})[row.item] = both


def read_again(raw: Mapping[str, Any], *, source: str, into: Batch) -> None:
    """The record of a dead letter."""
    _read(raw[RECORD], source=source, into=into)


def _read(record: Mapping[str, Any], *, source: str, into: Batch) -> ResponseRow | None:
    origin = Origin(source, lambda: {RECORD: {field: _plain(value) for field, value in record.items()}})
    try:
        row = _row(record, origin)
        check(row)
    except Malformed as error:
        into.refuse(error, origin)
        return None
    into.rows.append(row)
    return row


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _row(record: Mapping[str, Any], origin: Origin) -> ResponseRow:
    learner = values.text("learner", record["learner"])
    course = values.text("course", record["course"])
    item = values.text("item", record["item"])
    correct = values.truth("correct", record["correct"])
    score = values.share("score", record.get("score"))
    attempt = values.count("attempt", record.get("attempt"))
    moment = values.moment("time", record.get("time"))
    problem, _, part = item.rpartition("#") if "#" in item else (item, "", "")
    return ResponseRow(
        key=_key(record, (course, learner, item), attempt, moment),
        subject=f"{identity.KNOWN}{learner}",
        course=course,
        problem=problem,
        part=part,
        item=item,
        correct=correct,
        score=float(correct) if score is None else score,
        attempt=max(1, record["occurrence"] if attempt is None else attempt),
        hints=values.count("hints", record.get("hints")),
        seconds=_seconds(record),
        time=moment,
        origin=origin,
    )


def _key(record: Mapping[str, Any], whose: tuple[str, str, str], attempt: int | None, moment: datetime | None) -> str:
    """By the row's id, else by its time, else by its place among the learner's rows of the item.

    `whose` is course, learner and item.
    """
    if record.get("id") not in (None, ""):
        return identity.key("id", whose[0], values.text("id", record["id"]))
    if moment is not None:
        return identity.key("time", *whose, attempt, identity.microseconds(moment))
    return identity.key("place", *whose, record["occurrence"])


def _seconds(record: Mapping[str, Any]) -> float | None:
    seconds = values.number("seconds", record.get("seconds"))
    milliseconds = values.number("duration_ms", record.get("duration_ms"))
    return milliseconds / 1000 if seconds is None and milliseconds is not None else seconds
