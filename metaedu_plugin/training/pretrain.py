"""The model that ships: trained on simulated courses alone, by one command that anyone can run again.

The same options and seed give the same weights on the same machine, and the same quality within noise on another.
"""

from __future__ import annotations

import dataclasses
import hashlib
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from metaedu_plugin.training import judging
from metaedu_plugin.training.errors import TrainingError
from metaedu_plugin.training.evaluation import evaluate
from metaedu_plugin.training.export import export
from metaedu_plugin.training.fitting import fit
from metaedu_plugin.training.in_context import TrainOptions
from metaedu_plugin.training.judging import OURS, PRIOR, Figures
from metaedu_plugin.training.material import UNSEEN_SEED, Material
from metaedu_plugin.training.progress import Progress
from metaedu_plugin.training.resources import Costs
from metaedu_plugin.training.simulator import simulate_courses
from metaedu_plugin.training.writing import write
from serving.bundle import DataFacts
from serving.model import Model
from serving.prior import PriorModel

TERMS: Final = (
    "No real data: every course, learner and answer that it was trained on and measured by was simulated. Its terms"
    " are those of the package that it ships in (Apache-2.0)."
)
BASELINES_ON: Final = 60
"""Training courses that the baselines are fitted to, at most: more change nothing but the time."""


@dataclass(frozen=True)
class Recipe:
    """What a pretraining can be asked; the defaults are what ships."""

    courses: int = 600
    seed: int = 1
    train: TrainOptions = dataclasses.field(default_factory=lambda: TrainOptions(epochs=12, batches=160))
    seconds: float | None = None
    """Begin no further epoch after so many seconds; how many that are depends on the machine."""
    unseen: int = 24
    """Simulated courses to measure it by; they are the same for every seed, and no training has them."""


@dataclass(frozen=True)
class Pretrained:
    """What was made."""

    name: str
    directory: Path
    metrics: dict[str, Any]


def pretrain(recipe: Recipe, directory: Path, progress: Progress) -> Pretrained:
    """Simulate, train, export, measure, and write the bundle.

    Args:
        recipe: what to train.
        directory: of the bundle; must not exist yet.
        progress: told where it stands.

    Raises:
        TrainingError: the directory exists, or the recipe cannot be followed.
        serving.errors.BundleError: the bundle would be refused, or cannot be written.

    """
    if directory.exists():
        raise TrainingError(f"{directory} exists, and a bundle never changes: remove it or name another --output.")
    if recipe.courses < 1 or recipe.unseen < 1 or recipe.train.epochs < 1 or recipe.train.batches < 1:
        raise TrainingError("Courses, epochs and batches must be at least 1.")
    costs = Costs()
    with costs.of("simulate"):
        progress.at("dataset", 0.0, f"simulating {recipe.courses} courses")
        material = Material(
            known=[],
            held_out=[],
            unseen=list(simulate_courses(recipe.unseen, UNSEEN_SEED)),
            simulated=list(simulate_courses(recipe.courses, recipe.seed)),
        )
    options = dataclasses.replace(recipe.train, seed=recipe.seed)
    reports: list[dict[str, Any]] = []

    def on_epoch(report: Any) -> None:
        reports.append(dataclasses.asdict(report))
        progress.epoch(reports[-1])

    with costs.of("train"), tempfile.TemporaryDirectory() as folder:
        tracer = fit(
            material,
            options,
            budget=recipe.seconds,
            checkpoint=Path(folder) / "pretrain.pt",
            on_fraction=lambda done: progress.at("train", 0.02 + 0.83 * done),
            on_epoch=on_epoch,
        )
    with costs.of("export"):
        progress.at("export", 0.86, "exporting to ONNX")
        exported = export(tracer)
    # A state belongs to the version that made it: another network must have another name, so the weights give it.
    name = f"shipped-{hashlib.sha256(exported.weights).hexdigest()[:8]}"
    model = judging.loaded(name, exported)
    with costs.of("evaluate"):
        figures = _measure(model, material, lambda done, what="": progress.at("evaluate", 0.9 + 0.09 * done, what))
    metrics = {
        "unseen_courses": figures.unseen_table(),
        "seconds": costs.seconds,
        "peak_mb": costs.peak_mb,
        "microseconds": {"predict and observe": judging.microseconds(model)},
        "bytes": exported.size,
    }
    progress.at("export", 0.99, "writing the bundle")
    facts = _facts(material)
    made = {"command": "manage.py metaedu_pretrain", "courses": recipe.courses, **dataclasses.asdict(options)}
    made["epochs"] = len(reports)
    data = DataFacts(
        fingerprint=f"simulated-{recipe.seed}-{recipe.courses}",
        courses=recipe.courses,
        learners=facts["simulated_learners"],
        responses=facts["simulated_responses"],
        origin="simulated",
    )
    write(directory, name, exported, metrics=metrics, data=data, facts=facts, made=made, terms=TERMS)
    return Pretrained(name, directory, metrics)


def _measure(model: Model, material: Material, report: Callable[..., None]) -> Figures:
    """On simulated courses that it was not trained on, beside the prior and the baselines."""
    models: Mapping[str, Model] = {OURS: model, PRIOR: PriorModel()}
    report(0.0, "training the baselines")
    training = material.simulated[:BASELINES_ON]
    baselines = evaluate.fit_baselines([evaluate.split(course, course) for course in training], {})
    nobody, half = evaluate.unseen(material.unseen)
    report(0.3, "courses that nobody has trained on")
    unseen = {
        ("simulated", "none"): evaluate.predict(models, baselines, nobody),
        ("simulated", "half"): evaluate.predict(models, baselines, half),
    }
    return Figures(evaluate.Predictions(), unseen)


def _facts(material: Material) -> dict[str, Any]:
    return {
        "real_courses": 0,
        "simulated_courses": len(material.simulated),
        "simulated_learners": sum(len(course.sequences) for course in material.simulated),
        "simulated_responses": sum(course.responses for course in material.simulated),
        "held_out_simulated_courses": len(material.unseen),
        "baselines_fitted_to": f"{min(BASELINES_ON, len(material.simulated))} of the simulated courses",
    }
