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
from metaedu_plugin.training.checkpoint import CheckpointError, load
from metaedu_plugin.training.errors import TrainingError
from metaedu_plugin.training.evaluation import evaluate
from metaedu_plugin.training.export import export
from metaedu_plugin.training.fitting import fit
from metaedu_plugin.training.judging import OURS, PRIOR, Figures
from metaedu_plugin.training.material import Material
from metaedu_plugin.training.networks.tracer import Tracer
from metaedu_plugin.training.progress import Progress
from metaedu_plugin.training.recipe import UNSEEN_SEED, Recipe, simulated, validation
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
class Pretrained:
    """What was made."""

    name: str
    directory: Path
    metrics: dict[str, Any]


def pretrain(recipe: Recipe, directory: Path, progress: Progress, *, kept: Path | None = None) -> Pretrained:
    """Simulate, train, export, measure, and write the bundle.

    Args:
        recipe: what to train.
        directory: of the bundle; must not exist yet.
        progress: told where it stands.
        kept: file that the training is written to after every epoch, and taken up from where it is there already.

    Raises:
        TrainingError: the directory exists, the recipe cannot be followed, or what was kept is of another training.
        serving.errors.BundleError: the bundle would be refused, or cannot be written.

    """
    if directory.exists():
        raise TrainingError(f"{directory} exists, and a bundle never changes: remove it or name another --output.")
    if recipe.courses < 1 or recipe.unseen < 1 or recipe.train.epochs < 1 or recipe.train.batches < 1:
        raise TrainingError("Courses, epochs and batches must be at least 1.")
    costs = Costs()
    with tempfile.TemporaryDirectory() as folder:
        tracer, epochs = _train(recipe, kept or Path(folder) / "pretrain.pt", costs, progress)
    with costs.of("export"):
        progress.at("export", 0.86, "exporting to ONNX")
        exported = export(tracer)
    # A state belongs to the version that made it: another network must have another name, so the weights give it.
    name = f"shipped-{hashlib.sha256(exported.weights).hexdigest()[:8]}"
    model = judging.loaded(name, exported)
    with costs.of("evaluate"):
        material = _material(recipe)
        figures = _measure(model, material, lambda done, what="": progress.at("evaluate", 0.9 + 0.09 * done, what))
    metrics = {
        "unseen_courses": figures.unseen_table(),
        "seconds": costs.seconds,
        "peak_mb": costs.peak_mb,
        "microseconds": {"predict and observe": judging.microseconds(model)},
        "bytes": exported.size,
    }
    progress.at("export", 0.99, "writing the bundle")
    facts = _facts(material, epochs)
    made = {"command": "manage.py metaedu_pretrain", "courses": recipe.courses, **dataclasses.asdict(recipe.train)}
    made["epochs"] = epochs
    data = DataFacts(
        fingerprint=f"simulated-{recipe.train.seed}-{recipe.courses}",
        courses=recipe.courses,
        learners=facts["simulated_learners_of_the_first_epoch"],
        responses=facts["simulated_responses_of_the_first_epoch"],
        origin="simulated",
    )
    write(directory, name, exported, metrics=metrics, data=data, facts=facts, made=made, terms=TERMS)
    return Pretrained(name, directory, metrics)


def _train(recipe: Recipe, checkpoint: Path, costs: Costs, progress: Progress) -> tuple[Tracer, int]:
    """Train, from the checkpoint on where there is one; the network, and how many epochs it took in all."""
    resumed = checkpoint.exists()
    try:
        with costs.of("train"):
            progress.at("train", 0.0, f"{recipe.courses} simulated courses, new ones in each epoch")
            tracer = fit(
                simulated(recipe),
                validation(),
                recipe.train,
                budget=recipe.seconds,
                checkpoint=checkpoint,
                on_fraction=lambda done: progress.at("train", 0.85 * done),
                on_epoch=lambda report: progress.epoch(dataclasses.asdict(report)),
            )
    except CheckpointError as error:
        raise TrainingError(str(error)) from error
    epochs = load(checkpoint)["progress"]["history"]
    if resumed:
        # What was done before counts as well; how much memory that took is not known any more.
        costs.seconds["train"] = round(sum(epoch["seconds"] for epoch in epochs), 2)
        del costs.peak_mb["train"]
    return tracer, len(epochs)


def _material(recipe: Recipe) -> Material:
    """What the baselines are fitted to, the courses of the first epoch, and what all are measured by."""
    unseen = list(simulate_courses(recipe.unseen, UNSEEN_SEED))
    return Material(known=[], held_out=[], unseen=unseen, simulated=list(simulated(recipe)(1)))


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


def _facts(material: Material, epochs: int) -> dict[str, Any]:
    return {
        "real_courses": 0,
        "epochs_each_with_simulated_courses_of_its_own": epochs,
        "simulated_courses_of_an_epoch": len(material.simulated),
        "simulated_learners_of_the_first_epoch": sum(len(course.sequences) for course in material.simulated),
        "simulated_responses_of_the_first_epoch": sum(course.responses for course in material.simulated),
        "held_out_simulated_courses": len(material.unseen),
        "baselines_fitted_to": f"{min(BASELINES_ON, len(material.simulated))} courses of the first epoch",
    }
