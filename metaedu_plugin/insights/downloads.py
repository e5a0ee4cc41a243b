"""The page's tables as CSV, row by row."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence

from metaedu_plugin.insights.tables import ItemRow, LearnerRow, Range, SkillRow

Cellular = str | int | float | None
BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel takes UTF-8 for something else."""


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def lines(header: Sequence[str], rows: Iterable[Sequence[Cellular]]) -> Iterator[str]:
    """CSV lines."""
    writer = csv.writer(_Echo())
    yield BYTE_ORDER_MARK + writer.writerow(header)
    for row in rows:
        yield writer.writerow([_safe(cell) for cell in row])


def item_lines(rows: Iterable[ItemRow]) -> Iterator[str]:
    """The items table."""
    header = [
        *("item", "title", "skills", "learners", "answers", *_range("first_attempt_success"), "difficulty"),
        *(*_range("discrimination"), "attempts", "hint_share", "median_seconds", "wrong_choice", "wrong_choice_share"),
        "flags",
    ]
    return lines(
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


def skill_lines(rows: Iterable[SkillRow]) -> Iterator[str]:
    """The skills table."""
    header = [
        *("skill", "title", "items", "learners", "answers", *_range("first_attempt_success"), *_range("gain")),
        *("fitted_first_error", *_range("learning_rate"), "flags"),
    ]
    return lines(
        header,
        (
            [
                *(row.key, row.title, row.items, row.learners, row.answers, *_cells(row.success), *_cells(row.gain)),
                *(row.start, *_cells(row.rate), "; ".join(row.flags)),
            ]
            for row in rows
        ),
    )


def learner_lines(rows: Iterable[LearnerRow], skills: Sequence[str]) -> Iterator[str]:
    """The learners with their mastery of each skill; `skills` are titles in the order of the map."""
    header = ["learner", "name", "answers", "items", *_range("first_attempt_success"), "last_answer", "wrong_in_a_row"]
    header += ["needs", "mean_mastery", *(name for title in skills for name in _range(title))]
    return lines(
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


def _range(name: str) -> tuple[str, str, str]:
    return name, f"{name} low", f"{name} high"


def _cells(one: Range) -> tuple[float | None, float | None, float | None]:
    return one.value, one.low, one.high


def _safe(cell: Cellular) -> Cellular:
    """Text that a spreadsheet would take for a formula gets a quote before it (OWASP, CSV injection)."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
