"""Every method on the same responses of the same learners: the table, and the losses that the gate compares."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from metaedu_plugin.training.data import CourseData
from metaedu_plugin.training.evaluation import bands
from metaedu_plugin.training.evaluation.bands import Predicted
from metaedu_plugin.training.evaluation.baselines import BASELINES, Baseline
from metaedu_plugin.training.evaluation.metrics import losses
from metaedu_plugin.training.evaluation.replay import replay
from metaedu_plugin.training.evaluation.rows import Floats, Rows, flatten
from serving.model import Model

Report = Callable[[float, str], None]
"""(fraction of the work done, what is being done)."""


def _silent(fraction: float, message: str) -> None:
    """Report to nobody."""


@dataclass(frozen=True)
class Split:
    """One course: who was trained on, and who is predicted. Both over the same items and skills."""

    known: Rows | None
    """None where nothing is known of the course."""
    asked: Rows


@dataclass
class Predictions:
    """What every method said about the same responses."""

    methods: dict[str, Predicted] = field(default_factory=dict)
    learners: list[str] = field(default_factory=list)
    """Pseudonyms by the numbers in `Predicted.learner`."""
    seconds: dict[str, float] = field(default_factory=dict)

    def table(self) -> list[dict[str, Any]]:
        """All methods by all bands."""
        return [row for method, predicted in self.methods.items() for row in bands.table(method, predicted)]

    def losses(self, method: str) -> dict[str, tuple[float, int]]:
        """Learner -> (sum of the log loss in nats, number of responses)."""
        predicted = self.methods[method]
        size = len(self.learners)
        total = np.bincount(predicted.learner, weights=losses(predicted.correct, predicted.probability), minlength=size)
        count = np.bincount(predicted.learner, minlength=size)
        return {name: (float(total[n]), int(count[n])) for n, name in enumerate(self.learners) if count[n]}

    def log_loss(self, method: str) -> float:
        """Mean log loss in nats of one method."""
        predicted = self.methods[method]
        return float(losses(predicted.correct, predicted.probability).mean())


def split(known: CourseData, asked: CourseData) -> Split:
    """The training learners and the held-out learners of one course as rows."""
    return Split(flatten(known), flatten(asked))


def unseen(courses: Sequence[CourseData]) -> tuple[list[Split], list[Split]]:
    """Courses that nobody trained on, as (nobody else has answered yet, half of the learners have).

    Both ask about the same other half, so that they can be compared.
    """
    nobody, half = [], []
    for course in courses:
        others = flatten(replace(course, sequences=course.sequences[0::2]))
        asked = flatten(replace(course, sequences=course.sequences[1::2]))
        nobody.append(Split(None, asked))
        half.append(Split(others, asked))
    return nobody, half


def fit_baselines(splits: Sequence[Split], others: Mapping[str, Baseline]) -> dict[str, Baseline]:
    """All baselines, and others beside them, trained on the training learners."""
    known = [s.known for s in splits if s.known is not None and len(s.known)]
    fitted = {name: make() for name, make in BASELINES.items()} | dict(others)
    for baseline in fitted.values():
        baseline.fit(known)
    return fitted


def predict(
    models: Mapping[str, Model],
    baselines: Mapping[str, Baseline],
    splits: Sequence[Split],
    report: Report = _silent,
) -> Predictions:
    """Ask every model and every baseline about every response of the asked learners."""
    splits = [s for s in splits if len(s.asked)]
    result = Predictions(learners=sorted({q.learner for s in splits for q in s.asked.course.sequences}))
    number = {name: n for n, name in enumerate(result.learners)}

    def gather(method: str, ask: Callable[[Split], Floats]) -> None:
        started = time.perf_counter()
        told = [_predicted(s.asked, ask(s), number) for s in splits]
        result.seconds[method] = round(time.perf_counter() - started, 3)
        result.methods[method] = bands.join(told)
        report(len(result.methods) / (len(models) + len(baselines)), f"{method} has predicted")

    for method, model in models.items():
        gather(method, lambda s, model=model: replay(model, s.asked, s.known))  # type: ignore[misc]
    for method, baseline in baselines.items():
        gather(method, lambda s, baseline=baseline: baseline.predict(s.asked, s.known))  # type: ignore[misc]
    return result


def _predicted(rows: Rows, probability: Floats, number: Mapping[str, int]) -> Predicted:
    names = np.array([number[s.learner] for s in rows.course.sequences], np.int64)
    return Predicted(names[rows.learner], rows.seen, rows.correct, probability)
