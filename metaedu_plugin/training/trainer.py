"""The training loop: epochs over batches, tested, checkpointed, resumable to the same result."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Generic, TypeVar, cast

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grads_with_norm_, get_total_norm
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau
from torch.utils._pytree import tree_map

from metaedu_plugin.training import checkpoint
from metaedu_plugin.training.history import EpochReport, Standing, Sums
from metaedu_plugin.training.seeding import own_randomness, seed_everything
from metaedu_plugin.training.trainable import Trainable

Item = TypeVar("Item")
Batches = Iterable[Item] | Callable[[int], Iterable[Item]]
"""What can be gone through once per epoch, or a function from the epoch (from 1) to such."""

TRAIN, TEST = 0, 1

__all__ = ["Batches", "EpochReport", "Trainer", "TrainingDivergedError", "pick_device", "to_device"]


class TrainingDivergedError(RuntimeError):
    """The loss or its gradient stopped being a number; the message says where and what to try."""


def pick_device() -> torch.device:
    """The GPU when there is one, otherwise the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Trainer(Generic[Item]):
    """Trains anything that can say its loss on a batch.

    That is a meta-learner, a plain network through `Supervised`, or a network with a `training_step` of its own.
    One trainer is for one training.

    Args:
        trainable: what learns.
        optimizer: makes the outer optimiser from the parameters; Adam with rate 0.001 unless given.
        epochs: how often to go through the train batches.
        device: where; the GPU when there is one, unless given.
        clip_norm: longest gradient to step along; None leaves it as it is.
        schedule: makes a learning rate schedule from the optimiser; it steps once per epoch.
        patience: stop after this many epochs without a lower test loss, and return to the weights of the best one.
        seed: with the same seed, batches and device the result is the same.
        checkpoint_path: file that is rewritten after every epoch.
        checkpoint_steps: rewrite it after this many steps, too.
        on_epoch: called with each report, after its checkpoint is safe. What it raises ends the training.
    """

    def __init__(
        self,
        trainable: Trainable[Item],
        *,
        optimizer: Callable[[Iterator[nn.Parameter]], Optimizer] = torch.optim.Adam,
        epochs: int = 10,
        device: torch.device | str | None = None,
        clip_norm: float | None = None,
        schedule: Callable[[Optimizer], LRScheduler] | None = None,
        patience: int | None = None,
        seed: int = 0,
        checkpoint_path: Path | None = None,
        checkpoint_steps: int | None = None,
        on_epoch: Callable[[EpochReport], None] | None = None,
    ) -> None:
        self.trainable, self.device = trainable, torch.device(device) if device else pick_device()
        self.epochs, self.clip_norm, self.patience, self.seed = epochs, clip_norm, patience, seed
        self.checkpoint_path, self.checkpoint_steps, self.on_epoch = checkpoint_path, checkpoint_steps, on_epoch
        trainable.to(self.device)
        self.optimizer = optimizer(trainable.parameters())
        self.schedule = schedule(self.optimizer) if schedule else None
        self._progress = Standing()

    def fit(self, train: Batches[Item], test: Batches[Item], *, resume: bool = False) -> list[EpochReport]:
        """Train, and return the history, which on resuming includes the epochs before.

        With `resume` the training continues from the checkpoint, when there is one, to the result that it would
        have had uninterrupted. For that, batches must depend on the epoch and on the global generators of torch,
        numpy and random alone (which are seeded for every batch): a shuffling DataLoader does, an object that keeps
        drawing from a generator of its own does not. The caller's generators are left as they were.

        Raises:
            TrainingDivergedError: loss or gradient is not finite; the checkpoint is the last good state.
            checkpoint.CheckpointError: the checkpoint is damaged or of another training.
            ValueError: no batches, or nothing in them counts.
        """
        with own_randomness():
            if resume and self.checkpoint_path and self.checkpoint_path.exists():
                self._restore(self.checkpoint_path)
            while not self._finished():
                self._epoch(train, test)
        if self._progress.best_weights is not None:
            self.trainable.load_state_dict(self._progress.best_weights)
        return self._progress.history

    def _finished(self) -> bool:
        progress, done = self._progress, len(self._progress.history)
        waited = self.patience is not None and done - progress.best_epoch >= self.patience and done > 0
        return done >= self.epochs or waited

    def _epoch(self, train: Batches[Item], test: Batches[Item]) -> None:
        progress, start = self._progress, time.perf_counter()
        before = progress.seconds
        self.trainable.train()
        for step, batch in self._batches(train, TRAIN, skip=progress.step):
            self._step(batch)
            progress.step = step
            progress.seconds = before + time.perf_counter() - start
            if self.checkpoint_steps and step % self.checkpoint_steps == 0:
                self._save()
        train_loss, train_accuracy = progress.sums.means("train")
        test_loss, test_accuracy = self._test(test).means("test")
        if isinstance(self.schedule, ReduceLROnPlateau):
            self.schedule.step(test_loss)
        elif self.schedule:
            self.schedule.step()
        seconds = before + time.perf_counter() - start
        report = EpochReport(progress.epoch, self.epochs, train_loss, train_accuracy, test_loss, test_accuracy, seconds)
        self._close_epoch(report)

    def _close_epoch(self, report: EpochReport) -> None:
        progress = self._progress
        progress.history.append(report)
        progress.epoch, progress.step, progress.sums, progress.seconds = report.epoch + 1, 0, Sums(), 0.0
        if self.patience is not None and progress.best_epoch == report.epoch:
            progress.best_weights = {k: v.detach().clone() for k, v in self.trainable.state_dict().items()}
        self._save()
        if self.on_epoch:
            self.on_epoch(report)

    def _step(self, batch: Item) -> None:
        result = self.trainable.training_step(batch)
        loss = self._finite(result.loss, "loss")
        self.optimizer.zero_grad()
        torch.autograd.backward(result.loss)
        params = [p for group in self.optimizer.param_groups for p in group["params"] if p.grad is not None]
        norm = get_total_norm([p.grad for p in params])
        self._finite(norm, "gradient")
        if self.clip_norm is not None:
            clip_grads_with_norm_(params, self.clip_norm, norm)
        self.optimizer.step()
        self._progress.sums.add(loss, result)

    def _test(self, test: Batches[Item]) -> Sums:
        sums = Sums()
        self.trainable.train(False)
        with torch.no_grad():
            for _, batch in self._batches(test, TEST):
                result = self.trainable.training_step(batch)
                sums.add(self._finite(result.loss, "test loss"), result)
        return sums

    def _batches(self, source: Batches[Item], phase: int, skip: int = 0) -> Iterator[tuple[int, Item]]:
        """Batches from 1 on, each drawn and then used under a seed of its own, so that skipping changes nothing."""
        epoch = self._progress.epoch
        seed_everything(self.seed, phase, epoch)
        batches = source(epoch) if callable(source) else source
        iterator = iter(batches)
        if iterator is source:
            raise TypeError("These batches can be gone through only once: give a list, a DataLoader or a function.")
        for step in range(1, 1 << 62):
            seed_everything(self.seed, phase, epoch, 2 * step)
            try:
                batch = next(iterator)
            except StopIteration:
                return
            if step > skip:
                seed_everything(self.seed, phase, epoch, 2 * step + 1)
                yield step, to_device(batch, self.device)

    def _finite(self, value: Tensor, name: str) -> float:
        number = float(value.detach())
        if math.isfinite(number):
            return number
        raise TrainingDivergedError(
            f"The {name} is {number} at epoch {self._progress.epoch}, after step {self._progress.step}. "
            "Try a lower learning rate, inner or outer, or clip_norm=1.0, and look for missing values in the inputs."
        )

    def _save(self) -> None:
        if self.checkpoint_path is None:
            return
        state = {
            "seed": self.seed,
            "progress": self._progress.state(),
            "trainable": self.trainable.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict() if self.schedule else None,
        }
        checkpoint.save(self.checkpoint_path, state)

    def _restore(self, path: Path) -> None:
        state = checkpoint.load(path)
        if state["seed"] != self.seed:
            raise checkpoint.CheckpointError(
                f"The checkpoint {path} is of a training with seed {state['seed']}, not {self.seed}. "
                "Use that seed, or start anew with resume=False."
            )
        try:
            self.trainable.load_state_dict(state["trainable"])
            self.optimizer.load_state_dict(state["optimizer"])
            if self.schedule:
                self.schedule.load_state_dict(state["schedule"])
        except (RuntimeError, ValueError, KeyError, TypeError) as error:
            raise checkpoint.CheckpointError(
                f"The checkpoint {path} does not fit this network, optimiser or schedule ({error}). "
                "Train with the same ones, or start anew with resume=False."
            ) from error
        self._progress = Standing.of(state["progress"])


def to_device(batch: Item, device: torch.device) -> Item:
    """A batch on the device: anything with `to`, or tuples, lists and dicts of tensors."""
    if hasattr(batch, "to"):
        return cast(Item, batch.to(device))
    return cast(Item, tree_map(lambda leaf: leaf.to(device) if isinstance(leaf, Tensor) else leaf, batch))
