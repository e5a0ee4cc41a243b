"""Gradient and metric meta-learners in the table of an evaluation: compared, and not served.

One learner is one task: the first responses are the support, later ones the query. Inputs are those of the logistic
regression with decayed counts, so that what is compared is the way of adapting and not the inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from metaedu_plugin.training import splits
from metaedu_plugin.training.errors import TrainingError
from metaedu_plugin.training.evaluation.baselines.base import Baseline
from metaedu_plugin.training.evaluation.baselines.logistic import DecayedLogistic
from metaedu_plugin.training.evaluation.rows import Floats, Ints, Rows
from metaedu_plugin.training.in_context import one_thread
from metaedu_plugin.training.losses import BinaryCrossEntropy, CrossEntropy, Loss
from metaedu_plugin.training.meta import META_LEARNERS, MetaLearner, Tasks, create
from metaedu_plugin.training.meta.inner import SGD
from metaedu_plugin.training.options import IN_CONTEXT
from metaedu_plugin.training.trainer import Trainer

SUPPORT, QUERY = 20, 20
"""Responses of a task at most."""
STAGES = (0, 1, 2, 5, 10, 20)
"""After so many responses a learner's task is adapted to anew; between them the last adaptation answers."""
_TASKS, _BATCHES, _EPOCHS, _CHUNK = 32, 40, 6, 64

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Setup:
    """What a meta-learner needs here beside a network."""

    outputs: int = 1
    loss: Callable[[], Loss] = BinaryCrossEntropy
    options: Mapping[str, Any] = field(default_factory=dict)
    rate: float = 1e-3
    optimizer: Callable[..., torch.optim.Optimizer] = torch.optim.Adam
    clip_norm: float | None = 1.0


SETUPS: Mapping[str, Setup] = {
    "maml": Setup(),
    "anil": Setup(options={"head": "head"}),
    # Plain gradient descent with rate eps is the outer update of the paper.
    "reptile": Setup(options={"inner": SGD(0.1)}, rate=0.5, optimizer=torch.optim.SGD, clip_norm=None),
    "prototypical": Setup(outputs=16, loss=lambda: CrossEntropy(2)),
    "ridge": Setup(outputs=16),
    "supervised": Setup(),
}


def check(name: str) -> None:
    """Raise TrainingError for a name that there is no meta-learner of."""
    if name not in SETUPS and name != IN_CONTEXT:
        known = ", ".join([IN_CONTEXT, *META_LEARNERS])
        raise TrainingError(f"There is no meta-learner {name!r}. There are: {known}.")


class Network(nn.Module):
    """Two hidden layers and a head, inputs [rows, inputs] to [rows, outputs]."""

    def __init__(self, inputs: int, outputs: int, width: int = 48) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(inputs, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU())
        self.head = nn.Linear(width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Logits, or an embedding."""
        told: Tensor = self.head(self.body(x))
        return told.squeeze(-1) if told.shape[-1] == 1 else told


class Compared(Baseline):
    """A meta-learner that keeps the protocol of a baseline.

    Raises TrainingError for a name that there is no meta-learner of.
    """

    def __init__(self, name: str, *, seed: int = 0, epochs: int = _EPOCHS) -> None:
        if name not in SETUPS:
            raise TrainingError(
                f"There is no meta-learner {name!r}. There are: in_context, {', '.join(META_LEARNERS)}."
            )
        self.name, self.setup, self.seed, self.epochs = name, SETUPS[name], seed, epochs
        self.inputs = DecayedLogistic()
        self.learner: MetaLearner[Any] | None = None

    def fit(self, courses: Sequence[Rows]) -> None:
        """Meta-train over the training learners' tasks; some of them decide which epoch's weights are kept."""
        courses = [course for course in courses if len(course)]
        self.inputs.items.fit(courses)
        features = [self.inputs.features(course, course, fitting=True) for course in courses]
        together = np.concatenate(features)
        self._mean, self._scale = together.mean(axis=0), together.std(axis=0) + 1e-6
        people = [p for c, f in zip(courses, features, strict=True) for p in _people(c, self._normal(f))]
        train = [p for p in people if not p.aside] or people
        aside = [p for p in people if p.aside] or people
        torch.manual_seed(self.seed)
        network = Network(together.shape[1], self.setup.outputs)
        learner = create(self.name, network, self.setup.loss(), **self.setup.options)
        trainer = Trainer(
            learner,
            optimizer=lambda parameters: self.setup.optimizer(parameters, lr=self.setup.rate),
            epochs=self.epochs,
            device="cpu",
            clip_norm=self.setup.clip_norm,
            patience=self.epochs,
            seed=self.seed,
        )
        with one_thread():
            trainer.fit(lambda epoch: list(self._drawn(train, epoch, _BATCHES)), list(self._drawn(aside, 0, 8)))
        self.learner = learner.eval()

    def predict(self, rows: Rows, known: Rows | None) -> Floats:
        """Chance of each row, by the network adapted to the learner's first responses, as far as they were seen."""
        assert self.learner is not None
        features = self._normal(self.inputs.features(rows, known))
        told = np.zeros(len(rows))
        starts = np.searchsorted(rows.learner, np.arange(len(rows.course.sequences)))
        for low, high in zip(STAGES, (*STAGES[1:], np.inf), strict=True):
            at = np.flatnonzero((rows.seen >= low) & (rows.seen < high))
            groups = _pieces(rows.learner[at], at)
            for begin in range(0, len(groups), _CHUNK):
                some = groups[begin : begin + _CHUNK]
                supports = [starts[rows.learner[g[0]]] + np.arange(low) for g in some]
                tasks = _pack([(features, rows.correct, s, g) for s, g in zip(supports, some, strict=True)])
                chances = self._chances(tasks)
                for number, group in enumerate(some):
                    told[group] = chances[number, : len(group)]
        return told

    def _chances(self, tasks: Tasks) -> Floats:
        assert self.learner is not None
        with one_thread():
            outputs = self.learner.outputs(tasks).detach()
        two_classes = outputs.dim() == 3 and outputs.shape[-1] == 2
        chance = outputs.softmax(-1)[..., 1] if two_classes else outputs.reshape(outputs.shape[:2]).sigmoid()
        return np.asarray(chance.numpy(), np.float64)

    def _normal(self, features: Floats) -> Array:
        return np.asarray((features - self._mean) / self._scale, np.float32)

    def _drawn(self, people: Sequence[_Person], epoch: int, batches: int) -> Iterator[Tasks]:
        rng = np.random.default_rng([self.seed, epoch])
        weights = np.array([len(p.correct) for p in people], float) ** 0.5
        for _ in range(batches):
            chosen = rng.choice(len(people), size=_TASKS, p=weights / weights.sum())
            yield _pack([people[n].draw(rng) for n in chosen])


@dataclass(frozen=True)
class _Person:
    """One learner's rows [T, F] and outcomes [T]."""

    features: Array
    correct: Floats
    aside: bool

    def draw(self, rng: np.random.Generator) -> tuple[Array, Floats, Ints, Ints]:
        seen = int(rng.integers(0, min(SUPPORT, len(self.correct) - 1) + 1))
        return self.features, self.correct, np.arange(seen), np.arange(seen, min(seen + QUERY, len(self.correct)))


def _pieces(learner: Ints, at: Ints) -> list[Ints]:
    """Rows `at` of learners `learner`, in pieces of one learner and at most QUERY rows: one task each."""
    place = np.arange(len(at)) - np.searchsorted(learner, learner)
    piece = np.stack([learner, place // QUERY])
    return [group for group in np.split(at, np.flatnonzero(np.diff(piece).any(axis=0)) + 1) if len(group)]


def _people(rows: Rows, features: Array) -> Iterator[_Person]:
    cuts = np.flatnonzero(np.diff(rows.learner)) + 1
    for at in np.split(np.arange(len(rows)), cuts):
        name = rows.course.sequences[rows.learner[at[0]]].learner
        yield _Person(features[at], rows.correct[at], splits.for_validation(name))


def _pack(tasks: Sequence[tuple[Array, Floats, Ints, Ints]]) -> Tasks:
    """Tasks (features, outcomes, support rows, query rows) padded to SUPPORT and QUERY rows."""

    def side(which: int, size: int) -> tuple[Tensor, Tensor, Tensor]:
        x = np.zeros((len(tasks), size, tasks[0][0].shape[1]), np.float32)
        y, mask = np.zeros((len(tasks), size), np.float32), np.zeros((len(tasks), size), np.float32)
        for number, task in enumerate(tasks):
            at = task[2 + which]
            x[number, : len(at)], y[number, : len(at)], mask[number, : len(at)] = task[0][at], task[1][at], 1.0
        return torch.from_numpy(x), torch.from_numpy(y), torch.from_numpy(mask)

    support, query = side(0, SUPPORT), side(1, QUERY)
    return Tasks(support[0], support[1], query[0], query[1], support[2], query[2])
