"""CSV tables of a curriculum to rows. Everything that is wrong with a file is said at once."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO, TypeVar

import msgspec

from metaedu_plugin.curriculum.data import ItemRow, PageRow, SkillRow
from metaedu_plugin.curriculum.errors import CurriculumError

Source = Path | str | TextIO
LONGEST_KEY = 255
Rows = TypeVar("Rows")
Number = TypeVar("Number", int, float)


def skill_rows(source: Source) -> list[SkillRow]:
    """Columns: skill; title, prerequisites (separated by ';'), position."""
    table = _Table(source, "skills.csv", "skill")
    rows = [
        SkillRow(
            key=key,
            title=row.text("title"),
            prerequisites=row.keys("prerequisites"),
            position=row.number("position", int),
        )
        for key, row in table.rows()
    ]
    return table.checked(rows)


def item_rows(source: Source) -> list[ItemRow]:
    """Columns: item; title, skills (separated by ';'), unit, url, minutes, hints, position, options.

    `options` is a JSON object, the text of each option by its choice id: `{"choice_0": "1/2", "choice_1": "2/3"}`.
    """
    table = _Table(source, "items.csv", "item")
    rows = [
        ItemRow(
            key=key,
            title=row.text("title"),
            skills=row.keys("skills"),
            unit=row.text("unit"),
            url=row.text("url", longest=500),
            minutes=row.number("minutes", float),
            hints=row.number("hints", int),
            position=row.number("position", int),
            options=row.texts("options"),
        )
        for key, row in table.rows()
    ]
    return table.checked(rows)


def page_rows(source: Source) -> list[PageRow]:
    """Columns: url; title, skills (separated by ';'), minutes."""
    table = _Table(source, "pages.csv", "url", longest=500)
    rows = [
        PageRow(url=key, title=row.text("title"), skills=row.keys("skills"), minutes=row.number("minutes", float))
        for key, row in table.rows()
    ]
    return table.checked(rows)


class _Table:
    """One file: its rows by key, and the mistakes found on the way."""

    def __init__(self, source: Source, name: str, key: str, longest: int = LONGEST_KEY) -> None:
        self.name = Path(source).name if isinstance(source, str | Path) else name
        self.key = key
        self.longest = longest
        self.problems: list[str] = []
        self.reader = csv.DictReader(io.StringIO(_text(source, self.name)), strict=True)
        columns = [column.strip().lower() for column in self.reader.fieldnames or []]
        self.reader.fieldnames = columns
        if key not in columns:
            hint = "; save it with commas between the columns" if len(columns) == 1 and ";" in columns[0] else ""
            raise CurriculumError(f"{self.name} has no column '{key}' (found: {', '.join(columns) or 'nothing'}){hint}")

    def rows(self) -> Iterator[tuple[str, _Row]]:
        seen: set[str] = set()
        try:
            for values in self.reader:
                row = _Row(values, f"{self.name}, line {self.reader.line_num}", self.problems)
                key = row.text(self.key, longest=self.longest)
                if not any((value or "").strip() for value in values.values() if isinstance(value, str)):
                    continue
                if not key:
                    row.wrong(f"the column '{self.key}' is empty")
                elif key in seen:
                    row.wrong(f"'{key}' occurs twice; keep one of the rows")
                else:
                    seen.add(key)
                    yield key, row
        except csv.Error as error:
            self.problems.append(f"{self.name}, line {self.reader.line_num}: not readable as CSV: {error}")
        if not seen and not self.problems:
            self.problems.append(f"{self.name} has no rows below its header")

    def checked(self, rows: Rows) -> Rows:
        if self.problems:
            raise CurriculumError(self.problems)
        return rows


class _Row:
    """One line; an empty cell or a missing column reads as None."""

    def __init__(self, values: dict[str, str], where: str, problems: list[str]) -> None:
        self.values = values
        self.where = where
        self.problems = problems

    def wrong(self, what: str) -> None:
        self.problems.append(f"{self.where}: {what}")

    def text(self, column: str, longest: int = LONGEST_KEY) -> str | None:
        value = (self.values.get(column) or "").strip()
        if len(value) > longest:
            self.wrong(f"'{column}' is longer than {longest} characters")
        return value or None

    def keys(self, column: str) -> tuple[str, ...] | None:
        """Keys between ';'. A column that is there and empty means none; a missing column leaves things be."""
        if column not in self.values:
            return None
        parts = (part.strip() for part in (self.values[column] or "").split(";"))
        return tuple(dict.fromkeys(part for part in parts if part))

    def texts(self, column: str) -> dict[str, str] | None:
        """Texts by id, as a JSON object."""
        value = (self.values.get(column) or "").strip()
        if not value:
            return None
        try:
            return msgspec.json.decode(value, type=dict[str, str])
        except msgspec.MsgspecError:
            self.wrong(f"""'{column}' must be a JSON object of texts, such as {{"choice_0": "1/2"}}, not '{value}'""")
            return None

    def number(self, column: str, kind: Callable[[str], Number]) -> Number | None:
        value = self.text(column)
        if value is None:
            return None
        try:
            number = kind(value)
        except ValueError:
            number = kind("-1")
        if not 0 <= number < 1_000_000:
            self.wrong(f"'{column}' must be a number from 0 on, not '{value}'")
            return None
        return number


def _text(source: Source, name: str) -> str:
    if not isinstance(source, str | Path):
        return source.read()
    try:
        text = Path(source).read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise CurriculumError(f"{source} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CurriculumError(
            f"{name} is not UTF-8 (byte {error.start}); save it as 'CSV UTF-8' and try again"
        ) from error
    if "\0" in text:
        raise CurriculumError(f"{name} is not a text file; save it as 'CSV UTF-8' and try again")
    if not text.strip():
        raise CurriculumError(f"{name} is empty")
    return text
