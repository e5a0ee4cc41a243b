"""The table of figures by how many responses had been seen of the learner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metaedu_plugin.training.evaluation import metrics
from metaedu_plugin.training.evaluation.bootstrap import auc_interval

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BANDS: Mapping[str, tuple[int, int | None]] = {
    "all": (0, None),
    "0": (0, 0),
    "1-4": (1, 4),
    "5": (5, 5),
    "5-9": (5, 9),
    "10-19": (10, 19),
    "20": (20, 20),
    "20+": (20, None),
}
"""Name -> fewest and most responses seen before."""


@dataclass(frozen=True)
class Predicted:
    """What was predicted, and what came. All arrays have shape [N]."""

    learner: Ints
    """Number of the learner, the same in every course: the unit of the intervals."""
    seen: Ints
    correct: Floats
    probability: Floats

    def __len__(self) -> int:
        return len(self.correct)

    def between(self, low: int, high: int | None) -> Predicted:
        """The part with so many responses seen."""
        inside = self.seen >= low
        if high is not None:
            inside &= self.seen <= high
        return Predicted(self.learner[inside], self.seen[inside], self.correct[inside], self.probability[inside])


def join(parts: list[Predicted]) -> Predicted:
    """Several courses as one."""
    return Predicted(
        learner=np.concatenate([p.learner for p in parts]),
        seen=np.concatenate([p.seen for p in parts]),
        correct=np.concatenate([p.correct for p in parts]),
        probability=np.concatenate([p.probability for p in parts]),
    )


def table(method: str, predicted: Predicted, *, replicates: int = 200) -> list[dict[str, object]]:
    """One row per band: AUC with its 95 % interval, log loss, ECE, accuracy, and how much it rests on.

    A figure that cannot be told (nothing in the band, or one outcome only) is None.
    """
    return [_row(method, name, predicted.between(low, high), replicates) for name, (low, high) in BANDS.items()]


def _row(method: str, name: str, predicted: Predicted, replicates: int) -> dict[str, object]:
    correct, probability, learner = predicted.correct, predicted.probability, predicted.learner
    auc_low, auc_high = auc_interval(correct=correct, probability=probability, cluster=learner, replicates=replicates)
    return {
        "method": method,
        "answers": name,
        "auc": _figure(metrics.auc(correct, probability)),
        "auc_low": _figure(auc_low),
        "auc_high": _figure(auc_high),
        "log_loss": _figure(metrics.log_loss(correct, probability)),
        "ece": _figure(metrics.ece(correct, probability)),
        "accuracy": _figure(metrics.accuracy(correct, probability)),
        "learners": len(np.unique(learner)),
        "responses": len(predicted),
    }


def _figure(value: float) -> float | None:
    """JSON knows no NaN."""
    return round(value, 5) if np.isfinite(value) else None


def text(rows: list[dict[str, object]]) -> str:
    """The table for a terminal."""
    head = f"{'method':<22}{'answers':>8}{'AUC':>8}{'95 % interval':>18}{'log loss':>10}{'ECE':>8}{'responses':>11}"
    lines = [head, "-" * len(head)]
    for row in rows:
        interval = f"{_cell(row['auc_low'])} to {_cell(row['auc_high'])}"
        lines.append(
            f"{row['method']!s:<22}{row['answers']!s:>8}{_cell(row['auc']):>8}{interval:>18}"
            f"{_cell(row['log_loss']):>10}{_cell(row['ece']):>8}{row['responses']!s:>11}"
        )
    return "\n".join(lines)


def _cell(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else "-"
