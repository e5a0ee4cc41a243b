"""A candidate beside the champion and the baselines, all on the same responses."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from metaedu_plugin.registry import api as registry
from metaedu_plugin.training.compared import Compared
from metaedu_plugin.training.evaluation import bands, evaluate
from metaedu_plugin.training.evaluation.baselines import Baseline
from metaedu_plugin.training.evaluation.evaluate import Predictions
from metaedu_plugin.training.export import Exported
from metaedu_plugin.training.material import Material
from metaedu_plugin.training.options import IN_CONTEXT, Options
from serving import bundle
from serving.bundle.checks import empty_context
from serving.errors import BundleError
from serving.graphs import GraphModel, session
from serving.model import Dims, Model
from serving.prior import PriorModel
from serving.vectors import CourseTable, CourseVectors

OURS, CHAMPION, PRIOR = "ours", "champion", "prior, no training"
SHIPPED = "shipped model"
_TIMED = 200
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Judged:
    """What the evaluation found."""

    metrics: dict[str, Any]
    comparison: registry.Comparison
    seconds: dict[str, float]
    """Seconds of each method over the held-out responses."""


def judge(candidate: Model, material: Material, options: Options, report: Callable[..., None]) -> Judged:
    """Evaluate a candidate on the held-out learners and on the unseen courses.

    The reference is what learners would get instead: the champion, else the shipped model, else the prior.
    """
    champion = registry.champion()
    models: dict[str, Model] = {OURS: candidate, PRIOR: PriorModel()}
    models |= shipped() if champion is None else {CHAMPION: bundle.load(champion.path)}
    reference = next(name for name in (CHAMPION, SHIPPED, PRIOR) if name in models)
    others: dict[str, Baseline] = {}
    if options.meta_learner != IN_CONTEXT:
        others[f"{options.meta_learner} (compared)"] = Compared(options.meta_learner, seed=options.seed)
    figures = measure(models, material, report, others)
    cost = {"candidate": microseconds(candidate)}
    if reference != PRIOR:
        cost["reference"] = microseconds(models[reference])
    rivals = {name: models[name] for name in (OURS, reference)}
    elsewhere = [evaluate.split(k, h) for k, h in material.elsewhere if h.sequences]
    comparison = compare(
        [figures.seen, *([evaluate.predict(rivals, {}, elsewhere)] if elsewhere else [])],
        reference,
        reference_name=PRIOR if reference == PRIOR else models[reference].name,
        cost=cost,
    )
    metrics = {
        "table": figures.seen.table(),
        "unseen_courses": figures.unseen_table(),
        "champion": champion.name if champion is not None else None,
        "microseconds": cost,
        "seed": options.seed,
    }
    return Judged(metrics, comparison, figures.seen.seconds)


def shipped() -> dict[str, Model]:
    """The shipped model under its name in the table; nothing, and a line in the log, where it does not load."""
    try:
        return {SHIPPED: bundle.shipped()}
    except BundleError as error:
        logger.warning("metaedu: the shipped model is not compared, because it does not load: %s", error)
        return {}


@dataclass(frozen=True)
class Figures:
    """Predictions of all methods, for held-out learners of known courses and for unseen courses."""

    seen: Predictions
    unseen: Mapping[tuple[str, str], Predictions]
    """By origin of the courses, and by what was known of them."""

    def unseen_table(self) -> list[dict[str, Any]]:
        """As the table, with two more columns.

        `origin` of the courses, captured or simulated, and `others`: none, or half of a course's learners, had
        answered before the learners who are asked about.
        """
        return [
            {**row, "origin": origin, "others": others}
            for (origin, others), told in self.unseen.items()
            for row in told.table()
        ]


def measure(
    models: Mapping[str, Model],
    material: Material,
    report: Callable[..., None],
    others: Mapping[str, Baseline] = MappingProxyType({}),
) -> Figures:
    """Ask all models and baselines, and whatever else is to be compared, about everything that was held out."""
    splits = [evaluate.split(k, h) for k, h in zip(material.known, material.held_out, strict=True)]
    report(0.0, "training the baselines")
    baselines = evaluate.fit_baselines(splits, others)
    seen = evaluate.predict(models, baselines, splits, lambda done, what: report(0.2 + 0.5 * done, what))
    unseen: dict[tuple[str, str], Predictions] = {}
    for origin in sorted({course.origin for course in material.unseen}):
        report(0.7 if not unseen else 0.85, f"{origin} courses that nobody has trained on")
        nobody, half = evaluate.unseen([course for course in material.unseen if course.origin == origin])
        # The champion may have been trained on a captured course that is new to the candidate.
        fair = {name: model for name, model in models.items() if name != CHAMPION or origin == "simulated"}
        unseen[origin, "none"] = evaluate.predict(fair, baselines, nobody)
        unseen[origin, "half"] = evaluate.predict(fair, baselines, half)
    return Figures(seen, unseen)


def loaded(name: str, exported: Exported, courses: Mapping[str, CourseTable] | None = None) -> Model:
    """The very graphs and vectors that the bundle will hold, as serving runs them."""
    dims = Dims(**exported.dims)
    return GraphModel(
        name=name,
        dims=dims,
        predict=session(exported.graphs["predict"]),
        observe=session(exported.graphs["observe"]),
        vectors=CourseVectors(dims.vector, courses),
    )


def compare(
    told: Sequence[Predictions], reference: str, *, reference_name: str, cost: dict[str, float]
) -> registry.Comparison:
    """Losses learner by learner, as the gate wants them.

    All courses of the installation count, those that a run left out as well: the champion serves them all.
    """
    ours, theirs = (_summed([each.losses(method) for each in told]) for method in (OURS, reference))
    learners = tuple(sorted(ours))
    tables = [row for method in (OURS, reference) for row in bands.table(method, told[0].methods[method])]
    return registry.Comparison(
        learners=learners,
        candidate=tuple(ours[learner] for learner in learners),
        reference=tuple(theirs[learner] for learner in learners),
        reference_name=reference_name,
        cost=cost,
        tables={"held_out": tables},
    )


def _summed(parts: Sequence[Mapping[str, tuple[float, int]]]) -> dict[str, tuple[float, int]]:
    sums: dict[str, tuple[float, int]] = {}
    for part in parts:
        for learner, (loss, number) in part.items():
            before = sums.get(learner, (0.0, 0))
            sums[learner] = (before[0] + loss, before[1] + number)
    return sums


def microseconds(model: Model) -> float:
    """Median time of one prediction and one observation of one learner at one item with one skill."""
    context = empty_context(model.dims, 1, 1)
    outcome = np.array([[1, 1, 0, -1, 1]], np.float32)
    times = []
    for _ in range(_TIMED):
        started = time.perf_counter()
        model.predict(context)
        model.observe(context, outcome)
        times.append(time.perf_counter() - started)
    return round(float(np.median(times)) * 1e6, 1)
