"""How far a training has got: what is reported of it, and what a checkpoint remembers beside the weights."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from metaedu_plugin.training.trainable import StepResult


@dataclass(frozen=True)
class EpochReport:
    """One line of the history. Losses and accuracies are means over everything that counts in the epoch."""

    epoch: int
    """From 1."""
    epochs: int
    train_loss: float
    train_accuracy: float
    test_loss: float
    test_accuracy: float
    seconds: float
    """Wall clock of training and testing."""


@dataclass
class Sums:
    """What adds up over the batches of an epoch."""

    loss: float = 0.0
    correct: float = 0.0
    count: float = 0.0

    def add(self, loss: float, result: StepResult) -> None:
        """Add a batch, its loss weighted by how much it holds."""
        count = float(result.count)
        self.loss += loss * count
        self.correct += float(result.correct)
        self.count += count

    def means(self, which: str) -> tuple[float, float]:
        """Loss and accuracy. Raises ValueError when nothing counted."""
        if not self.count:
            raise ValueError(f"The {which} batches hold nothing to learn from: there are none, or all is masked.")
        return self.loss / self.count, self.correct / self.count


@dataclass
class Standing:
    """Where the training stands: everything but the weights and the optimiser that a checkpoint holds."""

    epoch: int = 1
    step: int = 0
    """Batches done of this epoch."""
    sums: Sums = field(default_factory=Sums)
    seconds: float = 0.0
    """Spent on this epoch before the checkpoint."""
    history: list[EpochReport] = field(default_factory=list)
    best_weights: dict[str, Any] | None = None

    @property
    def best_epoch(self) -> int:
        """The first epoch of the lowest test loss; 0 before any."""
        return min(self.history, key=lambda report: report.test_loss).epoch if self.history else 0

    def state(self) -> dict[str, Any]:
        """Everything as data, for a checkpoint."""
        return {**asdict(self), "best_weights": self.best_weights}

    @staticmethod
    def of(state: dict[str, Any]) -> Standing:
        """Back from `state`."""
        history = [EpochReport(**report) for report in state["history"]]
        return Standing(**{**state, "sums": Sums(**state["sums"]), "history": history})
