"""docs/pictures/day_one_*.png: ours bold, the best peers in colour, all others grey."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from bench.day_one.courses import TITLES
from bench.day_one.figures import BANDS
from bench.day_one.split import SUPPORT, Support
from bench.day_one.table import OURS, Key, Table, is_peer, label

_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
"""Told apart by the colour-blind (Okabe & Ito 2008)."""
_STEPS: tuple[Support, ...] = (0, 10, 100, "all")


@dataclass(frozen=True)
class Line:
    """How a method is drawn."""

    key: Key
    style: dict[str, Any]
    name: str
    """In the legend; the grey ones share a name."""


def draw(table: Table, folder: Path) -> list[str]:
    """Names of the files made."""
    import matplotlib as mpl  # noqa: PLC0415 - only for pictures

    mpl.use("Agg")
    mpl.rcParams.update({"axes.spines.top": False, "axes.spines.right": False, "font.size": 10, "axes.grid": True})
    mpl.rcParams.update({"grid.color": "#e6e6e6", "axes.axisbelow": True})
    lines = _lines(table)
    _by_learners(table, lines, folder / "day_one_learners.png")
    _by_answers(table, lines, folder / "day_one_answers.png")
    return ["day_one_learners.png", "day_one_answers.png"]


def _lines(table: Table) -> list[Line]:
    """Grey first, so that what matters lies on top."""

    def places(key: Key) -> float:
        """Mean AUC behind the best peer, over the cells of all peers; missing cells count as chance."""
        behind = []
        for course in table.courses:
            for number in table.numbers(course):
                best = table.best(course, peers, number)
                if best:
                    behind.append(best[0] - (table.auc(course, key, number) or 0.5))
        return mean(behind or [1.0])

    peers = [k for k in table.methods if is_peer(k)]
    coloured = sorted(peers, key=places)[: len(_COLOURS)]
    ours = [k for k in table.methods if k[0] == OURS]
    shipped = next((k for k in ours if k[1] == "simulated"), ours[0] if ours else None)
    lines = []
    for key in table.methods:
        if key[0] == OURS:
            style = {"color": "black", "linewidth": 3.0, "zorder": 4, "marker": "o", "markersize": 5}
            if key != shipped:
                style |= {"linewidth": 0.8, "linestyle": ":", "marker": "+" if key[1] == "others" else "x"}
            lines.append(Line(key, style, label(key)))
        elif key in coloured:
            style = {
                "color": _COLOURS[coloured.index(key)],
                "linewidth": 1.6,
                "zorder": 3,
                "marker": ".",
                "markersize": 6,
            }
            lines.append(Line(key, style, label(key)))
        else:
            name = "other peers" if is_peer(key) else "our other families"
            dash = "-" if is_peer(key) else ":"
            lines.append(Line(key, {"color": "#b5b5b5", "linewidth": 1.0, "zorder": 2, "linestyle": dash}, name))
    return sorted(lines, key=lambda line: line.style["zorder"])


def _by_learners(table: Table, lines: list[Line], path: Path) -> None:
    from matplotlib import pyplot as plt  # noqa: PLC0415

    columns = min(4, len(table.courses) + 1)
    rows = -(-(len(table.courses) + 1) // columns)
    figure, grid = plt.subplots(rows, columns, figsize=(3.4 * columns, 2.7 * rows), squeeze=False, layout="constrained")
    axes = list(grid.flat)
    for axis, course in zip(axes, table.courses, strict=False):
        numbers = table.numbers(course)
        for line in lines:
            told = [(SUPPORT.index(n), v) for n in numbers if (v := table.auc(course, line.key, n)) is not None]
            if told:
                axis.plot(*zip(*told, strict=True), **line.style)
        axis.set_title(TITLES.get(course, course), fontsize=11, loc="left")
        axis.set_ylim(bottom=max(0.5, axis.get_ylim()[0]))
        axis.set_xticks(range(len(SUPPORT)), map(str, SUPPORT), fontsize=9)
        axis.set_xlim(-0.3, len(SUPPORT) - 0.7)
    _legend(axes[len(table.courses)], lines)
    for axis in axes[len(table.courses) :]:
        axis.axis("off")
    figure.suptitle("How well new learners are known (AUC), by how many learners of the course were seen before")
    figure.supxlabel("learners of the course seen before")
    figure.supylabel("AUC")
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _by_answers(table: Table, lines: list[Line], path: Path) -> None:
    from matplotlib import pyplot as plt  # noqa: PLC0415

    bands = [b for b in BANDS if b != "all"]
    figure, grid = plt.subplots(1, len(_STEPS) + 1, figsize=(15, 3.6), squeeze=False, sharey=True, layout="constrained")
    for axis, number in zip(grid[0], _STEPS, strict=False):
        for line in lines:
            told = [(k, v) for k, b in enumerate(bands) if (v := _mean_auc(table, line.key, number, b)) is not None]
            if told:
                axis.plot(*zip(*told, strict=True), **line.style)
        who = {0: "no learner", "all": "all learners"}.get(number, f"{number} learners")
        axis.set_title(f"{who} of the course seen", fontsize=11, loc="left")
        axis.set_xticks(range(len(bands)), bands, fontsize=9)
    _legend(grid[0][-1], lines)
    grid[0][-1].axis("off")
    figure.suptitle("How well a new learner is known (AUC, mean over courses), by the learner's responses so far")
    figure.supxlabel("which of the learner's responses")
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _mean_auc(table: Table, key: Key, number: Support, band: str) -> float | None:
    """Mean over the courses that some method has; None where this one lacks one of them, as means would not compare."""
    courses = [c for c in table.courses if table.best(c, table.methods, number, band)]
    values = [v for c in courses if (v := table.auc(c, key, number, band)) is not None]
    return mean(values) if courses and len(values) == len(courses) else None


def _legend(axis: Any, lines: list[Line]) -> None:
    from matplotlib.lines import Line2D  # noqa: PLC0415

    shown = {line.name: line for line in lines[::-1]}
    handles = [Line2D([], [], **{k: v for k, v in line.style.items() if k != "zorder"}) for line in shown.values()]
    axis.legend(handles, shown, loc="center left", frameon=False)
