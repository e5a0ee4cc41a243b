"""Responses of a course as columns, brought up to date a few rows at a time."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metaedu_plugin.insights.statistics import Answers

TYPES: Final[Mapping[str, type]] = {
    "id": np.int64,
    "learner": np.int32,
    "item": np.int32,
    "choice": np.int32,
    "correct": np.bool_,
    "hints": np.int32,
    "attempt": np.int32,
    "seconds": np.float32,
    "time": np.float64,
}
"""The columns with their types, in the order in which capture hands the fields of a row out."""
NAMES: Final = ("learners", "items", "choices")


@dataclass
class Columns:
    """The N responses of a course, in no particular order. Every column has length N."""

    column: dict[str, NDArray[Any]] = field(default_factory=lambda: {name: np.zeros(0, t) for name, t in TYPES.items()})
    """By the names of `TYPES`: codes stand for names, NaN for what is not known, choice -1 for none."""
    names: dict[str, dict[str, int]] = field(default_factory=lambda: {name: {} for name in NAMES})
    """Codes of the learners' pseudonyms, the items' keys and the choices."""
    newest: int = 0
    """The highest id that was ever taken in."""
    made: float = field(default_factory=time.time)
    """Epoch seconds at which they were begun, with no row."""

    def __len__(self) -> int:
        return len(self.column["id"])

    @property
    def ids(self) -> int:
        """Sum of the rows' ids."""
        return int(self.column["id"].sum())

    def add(self, chunks: Iterable[Sequence[tuple[Any, ...]]]) -> None:
        """Take rows in, as `capture.course_rows` hands them out."""
        parts: dict[str, list[NDArray[Any]]] = {name: [self.column[name]] for name in TYPES}
        for rows in chunks:
            if rows:
                for name, values in zip(TYPES, zip(*rows, strict=True), strict=True):
                    parts[name].append(self._coded(name, values))
                self.newest = max(self.newest, int(parts["id"][-1].max()))
        self.column = {name: np.concatenate(found) for name, found in parts.items()}

    def drop(self, learners: Iterable[str]) -> None:
        """Leave all rows of these learners (pseudonyms) out."""
        codes = [self.names["learners"][one] for one in learners if one in self.names["learners"]]
        keep = ~np.isin(self.column["learner"], codes)
        self.column = {name: values[keep] for name, values in self.column.items()}

    def tidy(self) -> None:
        """Keep the pseudonyms of those alone who have rows."""
        present, codes = np.unique(self.column["learner"], return_inverse=True)
        learners = list(self.names["learners"])
        self.names["learners"] = {learners[code]: n for n, code in enumerate(present)}
        self.column["learner"] = codes.astype(TYPES["learner"])

    def learner_spans(self) -> dict[str, tuple[int, int]]:
        """Number and sum of ids of each learner's rows, by pseudonym; those without rows are left out."""
        learner, names = self.column["learner"], list(self.names["learners"])
        count = np.bincount(learner, minlength=len(names))
        ids = np.zeros(len(names), np.int64)
        np.add.at(ids, learner, self.column["id"])
        return {names[n]: (int(count[n]), int(ids[n])) for n in np.flatnonzero(count)}

    def answers(self) -> Answers:
        """The same, ordered as statistics need it: by learner, and within a learner by time, then id."""
        order = np.lexsort((self.column["id"], self.column["time"], self.column["learner"]))
        ordered = {name: values[order] for name, values in self.column.items() if name != "id"}
        # Who has no rows any more is no learner of the class.
        present, ordered["learner"] = np.unique(ordered["learner"], return_inverse=True)
        learners = list(self.names["learners"])
        return Answers(
            learners=[learners[code] for code in present],
            items=list(self.names["items"]),
            choices=list(self.names["choices"]),
            **{**ordered, "learner": ordered["learner"].astype(np.int32)},
        )

    def _coded(self, name: str, values: Sequence[Any]) -> NDArray[Any]:
        known = self.names.get(f"{name}s")
        if known is not None:
            coded = [known.setdefault(each, len(known)) if each or name != "choice" else -1 for each in values]
            return np.array(coded, TYPES[name])
        if name == "time":
            values = [float("nan") if each is None else each.timestamp() for each in values]
        return np.array(values, TYPES[name])
