"""Predictions to cells with figures, as they go to bench/results/day_one.json."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from bench.day_one import courses, figures, split, store
from bench.day_one.log import Log

Row = dict[str, Any]
"""`course, method, trained_on, support, answers, auc, auc_low, auc_high, log_loss, ece, fit_s, adapt_s, predict_us,
peak_mb`; null where a figure cannot be told."""


def assemble(names: tuple[str, ...] = courses.NAMES, folder: Path = store.FOLDER) -> list[Row]:
    """A row per course, method, number of learners and band, of all that was run."""
    rows = []
    for name in names:
        if not (folder / name).is_dir():
            continue
        query = split.query(courses.load(name))
        for cell in store.cells(name, folder):
            rows += of_cell(cell, query, folder)
    return rows


def of_cell(cell: store.Cell, query: Log, folder: Path) -> list[Row]:
    """Rows of a cell; figures are kept beside the predictions until either changes."""
    path = store.place(cell.course, cell.method, cell.trained_on, cell.support, folder)
    kept = path.with_name(f"{path.name}.figures.json")
    newest = max(path.stat().st_mtime, Path(figures.__file__).stat().st_mtime)
    if kept.exists() and kept.stat().st_mtime > newest:
        found: list[Row] = json.loads(kept.read_text())
    else:
        found = [asdict(f) for f in figures.figures(query, cell.probability)]
        kept.write_text(json.dumps(found))
    about = {f.name: getattr(cell, f.name) for f in fields(cell) if f.name != "probability"}
    front = {key: about.pop(key) for key in ("course", "method", "trained_on", "support")}
    cost = {key: None if math.isnan(value) else float(f"{value:.4g}") for key, value in about.items()}
    return [{**front, **figure, **cost} for figure in found]


def write_lines(path: Path, rows: list[Row]) -> None:
    """A JSON list, one row a line, so that a change reads as the lines that changed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")
