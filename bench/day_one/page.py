"""docs/day_one.md, from the cells and the marks."""

from __future__ import annotations

from statistics import mean, median

from bench.day_one.assemble import Row
from bench.day_one.courses import TITLES
from bench.day_one.split import SUPPORT, Support
from bench.day_one.table import Key, Table, label

_HEAD = """# Day one

<!-- Made by `python -m bench.day_one.report`; do not edit. -->

How well does a method know a new course and a new learner? A fifth of each course's learners is asked about, response
by response; a method has seen N other learners of the course (columns) and the learner's own earlier responses, nothing
else. One row is one response, so a step with several skills counts once. "ours" and "ours-…" were trained elsewhere
(in brackets), never on the course asked about; every other method is fitted on the N learners.

AUC over all responses of the learners asked about, higher is better, 0.5 is chance; the best of a column is bold.
`bench/results/day_one.json` has every figure: the 95 % interval (bootstrap over learners), log loss, calibration error
(ECE, 15 bins of equal width), by how many of the learner's responses were seen, and what it took.
"""


def page(table: Table, marks: list[Row], pictures: list[str]) -> str:
    """The whole page."""
    parts = [_HEAD, *(f"![{name}](pictures/{name})\n" for name in pictures), _means(table), _marks(marks)]
    parts += [f"## {TITLES.get(course, course)} (`{course}`)\n\n{_course(table, course)}" for course in table.courses]
    return "\n".join([*parts, f"## What it takes\n\n{_cost(table)}"])


def means(table: Table) -> tuple[list[Support], dict[Key, list[float | None]]]:
    """Numbers of learners, and by method the mean AUC at each over all courses that have so many.

    None where a method was not run on one of them.
    """
    numbers = [n for n in SUPPORT if any(n in table.numbers(course) for course in table.courses)]

    def mean_of(key: Key, number: Support) -> float | None:
        each = [table.auc(course, key, number) for course in table.courses if number in table.numbers(course)]
        told = [value for value in each if value is not None]
        return mean(told) if told and len(told) == len(each) else None

    return numbers, {key: [mean_of(key, n) for n in numbers] for key in table.methods}


def _means(table: Table) -> str:
    numbers, found = means(table)
    best = [
        max(known) if (known := [m for m in column if m is not None]) else None
        for column in zip(*found.values(), strict=True)
    ]
    lines = ["## All courses", "", "Mean AUC over the courses that have so many learners.", ""]
    lines += [f"| method | {' | '.join(map(str, numbers))} |", f"|---|{'--:|' * len(numbers)}"]
    for key in sorted(found, key=lambda k: mean([m for m in found[k] if m is not None] or [0]), reverse=True):
        told = [
            "-" if m is None else f"**{m:.3f}**" if m == top else f"{m:.3f}"
            for m, top in zip(found[key], best, strict=True)
        ]
        if any(m is not None for m in found[key]):
            lines.append(f"| {label(key)} | {' | '.join(told)} |")
    return "\n".join([*lines, ""])


def _marks(marks: list[Row]) -> str:
    lines = ["## Marks", "", "| mark | value | aimed at | met |", "|---|--:|--:|:-:|"]
    for row in marks:
        if ": " in row["figure"] and not row["figure"].endswith("learners"):
            met = {True: "yes", False: "no", None: ""}[row["met"]]
            aim = "" if row["mark"] is None else f"{row['mark']:g}"
            value = "" if row["value"] is None else f"{row['value']:g}"
            lines.append(f"| {row['figure'].removeprefix('day one, ')} | {value} | {aim} | {met} |")
    return "\n".join([*lines, ""])


def _course(table: Table, course: str) -> str:
    numbers = table.numbers(course)
    best = {
        n: max((v for k in table.methods if (v := table.auc(course, k, n)) is not None), default=None) for n in numbers
    }

    def cell(key: Key, number: Support) -> str:
        value = table.auc(course, key, number)
        if value is None:
            return "-"
        return f"**{value:.3f}**" if value == best[number] else f"{value:.3f}"

    def level(key: Key) -> float:
        return mean([v for n in numbers if (v := table.auc(course, key, n)) is not None] or [0])

    keys = [k for k in table.methods if any(table.row(course, k, n) for n in numbers)]
    lines = [f"| method | {' | '.join(map(str, numbers))} |", f"|---|{'--:|' * len(numbers)}"]
    for key in sorted(keys, key=level, reverse=True):
        lines.append(f"| {label(key)} | {' | '.join(cell(key, n) for n in numbers)} |")
    return "\n".join([*lines, ""])


def _cost(table: Table) -> str:
    lines = [
        "On all learners, median and largest over courses; µs a row when asked about many rows at once.",
        "",
        "| method | training, s | adapting, s | predicting, µs | memory, MB |",
        "|---|--:|--:|--:|--:|",
    ]
    for key in table.methods:
        rows = [r for c in table.courses if (r := table.row(c, key, "all"))]
        if rows:
            told = (_middle([r[name] for r in rows]) for name in ("fit_s", "adapt_s", "predict_us", "peak_mb"))
            lines.append(f"| {label(key)} | {' | '.join(told)} |")
    return "\n".join([*lines, ""])


def _middle(values: list[float | None]) -> str:
    known = [v for v in values if v is not None]
    return f"{median(known):.3g} ({max(known):.3g})" if known else "-"
