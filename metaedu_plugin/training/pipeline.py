"""A training run from the dataset to the gate's decision, in stages that a killed worker takes up again.

dataset → train → specialise → export → evaluate → register → gate; what the gate refuses is adjusted and goes round
again.
"""

from __future__ import annotations

import dataclasses
import errno
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from django.conf import settings
from django.utils import timezone

from metaedu_plugin.registry import api as registry
from metaedu_plugin.training import compared, dataset, starting
from metaedu_plugin.training.adjust import adjust
from metaedu_plugin.training.checkpoint import CheckpointError
from metaedu_plugin.training.errors import TrainingError, not_installed
from metaedu_plugin.training.export import Exported, ExportError, export
from metaedu_plugin.training.fitting import fit
from metaedu_plugin.training.folder import RunFolder, State
from metaedu_plugin.training.further import further, train_options
from metaedu_plugin.training.judging import Judged, judge, loaded
from metaedu_plugin.training.material import Material, gather
from metaedu_plugin.training.meta_training import TrainOptions
from metaedu_plugin.training.options import IN_CONTEXT, Options, parse
from metaedu_plugin.training.progress import Progress, RunRow, Several
from metaedu_plugin.training.resources import Costs
from metaedu_plugin.training.trainer import TrainingDivergedError
from metaedu_plugin.training.writing import captured, write
from serving.errors import BundleError
from serving.vectors import CourseTable

logger = logging.getLogger(__name__)

_EXPECTED = (TrainingError, registry.RegistryError, BundleError, CheckpointError, ExportError, TrainingDivergedError)
"""Failures whose message says already what to do."""


@dataclass(frozen=True)
class Outcome:
    """How a run ended."""

    version: str
    decision: registry.Decision
    metrics: dict[str, Any]

    @property
    def message(self) -> str:
        """For the operator."""
        verdict = "is the champion now" if self.decision.promote else "was not promoted"
        return f"{self.version} {verdict}. {registry.verdict(msgspec.to_builtins(self.decision))}"


def run(run_id: int, *, options: Mapping[str, Any] | None = None, listener: Progress | None = None) -> Outcome:
    """Carry out a run that the registry knows, or go on with it where a killed worker left it.

    Args:
        run_id: the run's id in the registry; its row is kept up to date, and marked done or failed.
        options: in place of those stored with the run.
        listener: told the progress beside the run's row.

    Raises:
        TrainingError: the run failed for a reason that the operator can act on; the row says the same.
        Exception: anything unforeseen; the row says so and the traceback is in the worker's log.

    """
    row = registry.run(id=run_id)
    if row is None:
        raise TrainingError(f"There is no training run {run_id}.")
    progress = Several(RunRow(run_id), listener) if listener else RunRow(run_id)
    try:
        chosen = parse(row.options if options is None else options)
        compared.check(chosen.meta_learner)
        registry.update_run(id=run_id, state="running", stage="dataset", message="")
        outcome = _Run(run_id, chosen, progress).carry_out()
    except Exception as error:
        message = explain(error)
        registry.update_run(id=run_id, state="failed", message=message)
        if isinstance(error, _EXPECTED) or _disk_full(error):
            raise TrainingError(message) from error
        logger.exception("metaedu: training run %s failed", run_id)
        raise
    registry.update_run(
        id=run_id, state="done", stage="done", progress=1.0, version=outcome.version, message=outcome.message
    )
    return outcome


def explain(error: Exception) -> str:
    """What went wrong, and what to do about it."""
    if _disk_full(error):
        return (
            f"The disk is full ({settings.METAEDU_DATA_DIR}). Nothing was registered and the champion stays. Make"
            " room and go on from the checkpoint: manage.py metaedu_train --resume, with the run's number."
        )
    if isinstance(error, _EXPECTED):
        return str(error)
    if isinstance(error, ImportError):
        return not_installed(error)
    return f"The training failed unexpectedly ({type(error).__name__}: {error}). The worker's log has the details."


def _disk_full(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        error = error.__cause__ or error.__context__
    return False


class _Run:
    """One run at work."""

    def __init__(self, run_id: int, options: Options, progress: Progress) -> None:
        self.options, self.progress = options, progress
        self.folder, self.costs = RunFolder(run_id), Costs()
        self.state = self.folder.state(name=f"{IN_CONTEXT.replace('_', '-')}-{timezone.now():%Y%m%d}-run{run_id}")
        if self.state.train is None:
            self.state.train = train_options(options, starting.find(options.start, TrainOptions()).weights)
        self.folder.keep(self.state)

    def carry_out(self) -> Outcome:
        """Train until the gate lets a version pass, or the attempts are used up."""
        with self.costs.of("dataset"):
            self.progress.at("dataset", 0.0, "reading the responses")
            dataset.refresh(source=self.options.source)
            material = gather(self.options)
        outcome = self._attempt(material)
        while not outcome.decision.promote and outcome.decision.reason != "not_enough_data":
            if self.state.attempt >= self.options.attempts or not self._adjust(material):
                break
            outcome = self._attempt(material)
        self.folder.clear()
        return outcome

    def _attempt(self, material: Material) -> Outcome:
        train = self._train_options()
        name = f"{self.state.name}-{self.state.attempt}"
        start = starting.find(self.options.start, train)
        with self.costs.of("train"):
            tracer = fit(
                material.training,
                material.validation,
                train,
                budget=self.options.seconds,
                checkpoint=self.folder.checkpoint(self.state.attempt),
                on_fraction=self._part("train", 0.03, 0.45),
                on_epoch=lambda report: self.progress.epoch(dataclasses.asdict(report)),
                start=start.weights,
            )
        courses: dict[str, CourseTable] = {}
        if self.options.specialise:
            with self.costs.of("specialise"):
                tracer, courses = further(tracer, material, self.options, self._part("specialise", 0.45, 0.65))
        with self.costs.of("export"):
            self.progress.at("export", 0.65, "exporting to ONNX")
            exported = export(tracer)
        with self.costs.of("evaluate"):
            candidate = loaded(name, exported, courses)
            judged = judge(candidate, material, self.options, self._part("evaluate", 0.7, 0.95))
        data = {**material.facts(), "start": start.version, "specialised": self.options.specialise}
        data["warnings"] = [*data["warnings"], *filter(None, [start.note])]
        return self._register(name, exported, courses, judged, data)

    def _register(
        self, name: str, exported: Exported, courses: Mapping[str, CourseTable], judged: Judged, data: dict[str, Any]
    ) -> Outcome:
        self.progress.at("gate", 0.96, "registering and deciding")
        metrics = {
            **judged.metrics,
            "data": data,
            "seconds": {**self.costs.seconds, **judged.seconds},
            "peak_mb": self.costs.peak_mb,
        }
        # Between registering and deciding a worker may have been killed: then the version is there already.
        if name not in {version.name for version in registry.versions()}:
            made = {**dataclasses.asdict(self._train_options()), "simulated": self.options.simulated}
            bundle = write(
                self.folder.bundle(self.state.attempt),
                name,
                exported,
                metrics=metrics,
                data=captured(data),
                facts=data,
                made=made,
                courses=courses,
            )
            registry.register(bundle=bundle, metrics=metrics)
        decision = registry.decide(version=name, comparison=judged.comparison, by="training")
        return Outcome(name, decision, metrics)

    def _adjust(self, material: Material) -> bool:
        """Look for better options; false when none are better, so that another training would be in vain."""
        before = self._train_options()
        with self.costs.of("adjust"):
            found = adjust(
                material.training,
                material.validation,
                before,
                start=starting.find(self.options.start, before).weights,
                trials=self.options.trials,
                seconds=self.options.adjust_seconds,
                report=lambda fraction, message: self.progress.at("adjust", fraction, message),
            )
        if found.options == before:
            return False
        self.state = State(name=self.state.name, attempt=self.state.attempt + 1, train=found.options)
        self.folder.keep(self.state)
        return True

    def _train_options(self) -> TrainOptions:
        assert self.state.train is not None
        return self.state.train

    def _part(self, stage: str, low: float, high: float) -> _Part:
        return _Part(self.progress, stage, low, high, self.state.attempt)


@dataclass
class _Part:
    """Turns a stage's own fraction into that of the run, and says how long the stage will still take."""

    progress: Progress
    stage: str
    low: float
    high: float
    attempt: int
    started: float = dataclasses.field(default_factory=time.monotonic)

    def __call__(self, fraction: float, message: str = "") -> None:
        again = f"attempt {self.attempt}" if self.attempt > 1 else ""
        done = min(self.high, self.low + (self.high - self.low) * fraction)
        self.progress.at(self.stage, done, ", ".join(filter(None, [again, message])))
