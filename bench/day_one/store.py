"""Predictions on disk: var/day_one/<course>/<method>__<trained on>__<N>.npz."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.day_one.log import Floats
from bench.day_one.split import Support, parse

FOLDER = Path(__file__).resolve().parents[2] / "var" / "day_one"


@dataclass(frozen=True)
class Cell:
    """What a method said of a course's query learners, and what that took."""

    course: str
    method: str
    trained_on: str
    support: Support
    probability: Floats
    """[N], as `split.query(log)` is ordered."""
    fit_s: float
    """Seconds of training: on the support; for a method trained on other courses, on those (NaN where not told)."""
    adapt_s: float
    """Seconds that a method trained on other courses took for the support; 0 for others."""
    predict_us: float
    """Microseconds a row."""
    peak_mb: float
    """Largest memory of the process meanwhile, data and libraries included; NaN where the system does not tell."""


def place(course: str, method: str, trained_on: str, support: Support, folder: Path = FOLDER) -> Path:
    """Where a cell is kept."""
    return folder / course / f"{method}__{trained_on}__{support}.npz"


def save(cell: Cell, folder: Path = FOLDER) -> None:
    """Write all of the file or nothing."""
    path = place(cell.course, cell.method, cell.trained_on, cell.support, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(f".{os.getpid()}.half")
    with half.open("wb") as file:
        np.savez_compressed(
            file,
            probability=cell.probability.astype(np.float32),
            fit_s=cell.fit_s,
            adapt_s=cell.adapt_s,
            predict_us=cell.predict_us,
            peak_mb=cell.peak_mb,
        )
    half.replace(path)


def cells(course: str, folder: Path = FOLDER) -> Iterator[Cell]:
    """All cells of a course."""
    for path in sorted((folder / course).glob("*.npz")):
        method, trained_on, support = path.stem.split("__")
        with np.load(path) as kept:
            probability = kept["probability"].astype(np.float64)
            numbers = {key: float(kept[key]) for key in ("fit_s", "adapt_s", "predict_us", "peak_mb")}
        yield Cell(course, method, trained_on, parse(support), probability, **numbers)
