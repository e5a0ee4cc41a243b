"""Windows of responses, batches of them, and the training of one network; what is tuned is said in `deep.py`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from .sequences import UNKNOWN, Ints

EPOCHS = 400
PATIENCE = 8
HIDDEN_CODES = 0.01
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


@dataclass(frozen=True)
class Window:
    """Rows of one learner in order; those from `first` on are counted or predicted, the others only read."""

    rows: Ints
    first: int = 0


@dataclass
class Table:
    """A log in codes, on the CPU."""

    skill: Tensor
    item: Tensor
    correct: Tensor

    def batch(self, windows: list[Window]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """skill, item, correct [B, T] and which are counted; T the longest, padded at the end with zeros."""
        longest = max(len(window.rows) for window in windows)
        rows = torch.zeros(len(windows), longest, dtype=torch.long)
        inside = torch.zeros(len(windows), longest, dtype=torch.bool)
        counted = torch.zeros_like(inside)
        for i, window in enumerate(windows):
            rows[i, : len(window.rows)] = torch.from_numpy(window.rows)
            inside[i, : len(window.rows)] = True
            counted[i, window.first : len(window.rows)] = True
        parts = (column[rows] * inside for column in (self.skill, self.item, self.correct))
        skill, item, correct = (part.to(DEVICE) for part in parts)
        return skill, item, correct, counted.to(DEVICE)


def windows_of(runs: list[Ints], length: int, earlier: int = 0) -> list[Window]:
    """Each learner's rows in windows; from the second on a window begins with `earlier` rows that are only read."""
    found = []
    for rows in runs:
        found.append(Window(rows[:length]))
        for start in range(length, len(rows), length - earlier):
            found.append(Window(rows[start - earlier : start - earlier + length], earlier))
    return found


def batches(windows: list[Window], size: int, rng: np.random.Generator | None = None) -> Iterator[list[Window]]:
    """Windows of similar length together; shuffled with `rng`, else longest first."""
    lengths = np.array([len(window.rows) for window in windows], dtype=np.float64)
    order = np.argsort(-(lengths if rng is None else lengths * rng.uniform(0.9, 1.1, len(lengths))), kind="stable")
    groups = [order[i : i + size] for i in range(0, len(order), size)]
    if rng is not None:
        groups = [groups[i] for i in rng.permutation(len(groups))]
    for group in groups:
        yield [windows[i] for i in group]


Build = Callable[[], nn.Module]


@dataclass
class Fit:
    """A trained network, its validation loss in nats, the steps it took and why it stopped."""

    net: nn.Module
    loss: float
    steps: int
    capped: bool


@dataclass(frozen=True)
class Candidate:
    """A network to try, and the table (of skill or of item codes) that it reads."""

    name: str
    build: Build
    table: Table
    rate: float
    reads_item: bool


def _loss(net: nn.Module, parts: tuple[Tensor, Tensor, Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """Summed log loss of what is counted, and the network's own penalty."""
    skill, item, correct, counted = parts
    probability, penalty = net(skill, item, correct)
    clipped = probability.clamp(1e-6, 1 - 1e-6)
    losses = nn.functional.binary_cross_entropy(clipped, correct.float(), reduction="none")
    return (losses * counted).sum(), torch.as_tensor(penalty, device=DEVICE)


class Trainer:
    """One candidate on one support; `steps` None: stopped by validation, else that many steps."""

    def __init__(self, candidate: Candidate, train: list[Window], held: list[Window], seed: int) -> None:
        torch.manual_seed(seed)
        self.candidate, self.train, self.held = candidate, train, held
        self.net = candidate.build().to(DEVICE)
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=candidate.rate)
        self.rng = np.random.default_rng(seed)
        self.size = int(np.clip(len(train) // 20, 4, 32))

    def _step(self, windows: list[Window]) -> None:
        skill, item, correct, counted = self.candidate.table.batch(windows)
        hidden = torch.rand(skill.shape).to(DEVICE) < HIDDEN_CODES
        skill, item = skill.masked_fill(hidden, UNKNOWN), item.masked_fill(hidden, UNKNOWN)
        total, penalty = _loss(self.net, (skill, item, correct, counted))
        self.optimizer.zero_grad()
        (total / counted.sum().clamp(min=1) + penalty).backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        self.optimizer.step()

    def held_loss(self) -> float:
        """Mean log loss of the responses held out."""
        self.net.eval()
        with torch.no_grad():
            parts = [self.candidate.table.batch(group) for group in batches(self.held, 64)]
            total = sum(float(_loss(self.net, part)[0]) for part in parts)
        return total / sum(int(part[3].sum()) for part in parts)

    def run(self, seconds: float, steps: int | None = None) -> Fit:
        """Trains; keeps the weights of the best validation loss."""
        end = time.process_time() + seconds
        best = Fit(self.net, float("inf"), 0, False)
        kept: dict[str, Tensor] = {}
        taken, worse = 0, 0
        for epoch in range(EPOCHS):
            self.net.train()
            for group in batches(self.train, self.size, self.rng):
                self._step(group)
                taken += 1
                if taken == steps or time.process_time() > end:
                    break
            late = time.process_time() > end or epoch == EPOCHS - 1
            if steps is not None:
                if taken >= steps or late:
                    return Fit(self.net, float("nan"), taken, late and taken < steps)
                continue
            loss = self.held_loss()
            worse = 0 if loss < best.loss - 1e-5 else worse + 1
            if worse == 0:
                best.loss, best.steps = loss, taken
                kept = {name: value.detach().clone() for name, value in self.net.state_dict().items()}
            if worse >= PATIENCE or late:
                best.capped = worse < PATIENCE
                break
        self.net.load_state_dict(kept)
        return best
