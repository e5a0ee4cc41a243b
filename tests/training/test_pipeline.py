"""A run from stored responses to the gate, and every way in which it can end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from metaedu_plugin.registry import api as registry
from metaedu_plugin.training import pipeline, splits
from metaedu_plugin.training.data import CourseData
from metaedu_plugin.training.errors import TrainingError
from metaedu_plugin.training.further import train_options
from metaedu_plugin.training.networks.tracer import Tracer
from metaedu_plugin.training.options import Options
from serving import bundle
from tests.training.courses import rasch, sequence, store

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folder")]
QUICK = {"epochs": 1, "batches": 2, "simulated": 0, "simulated_unseen": 0, "attempts": 1}


def request(**options: Any) -> int:
    return registry.request_training(options={**QUICK, **options}, by="test", queue=False)


class Listener:
    def __init__(self) -> None:
        self.places: list[tuple[str, float]] = []
        self.epochs: list[Mapping[str, Any]] = []

    def at(self, stage: str, fraction: float, message: str = "") -> None:
        self.places.append((stage, fraction))

    def epoch(self, figures: Mapping[str, Any]) -> None:
        self.epochs.append(figures)


def test_a_run_registers_a_bundle_that_loads_and_says_how_good_it_is(folder: Path) -> None:
    store(rasch(learners=60))
    listener = Listener()
    run = request(simulated=3, simulated_unseen=1)
    outcome = pipeline.run(run, listener=listener)

    loaded = bundle.load(folder / "models" / outcome.version)
    assert loaded.name == outcome.version
    methods = {row["method"] for row in outcome.metrics["table"]}
    assert {"ours", "item mean", "Elo"} <= methods
    everything = [row for row in outcome.metrics["table"] if row["answers"] == "all"]
    assert len({row["responses"] for row in everything}) == 1
    unseen = {(row["origin"], row["others"]) for row in outcome.metrics["unseen_courses"]}
    assert unseen == {("simulated", "none"), ("simulated", "half")}
    assert outcome.metrics["peak_mb"]["train"] > 50
    assert {"dataset", "train", "specialise", "export", "evaluate", "ours"} <= set(outcome.metrics["seconds"])
    assert "rasch" in loaded.model.vectors
    assert "specialise" in [stage for stage, _ in listener.places]
    of_items, _ = loaded.model.vectors.lookup("rasch", ["i0", "not there"], [])
    assert of_items.any(1).tolist() == [True, False]
    held_out = sum(splits.held_out(f"rasch-learner-{n}") for n in range(60))
    assert outcome.metrics["data"]["held_out_learners"] == held_out
    assert outcome.decision.figures["learners"] == held_out

    row = registry.run(id=run)
    assert row is not None
    assert (row.state, row.progress, row.version) == ("done", 1.0, outcome.version)
    assert len(row.epochs) == 1
    assert listener.places[0][0] == "dataset"
    fractions = [fraction for _, fraction in listener.places]
    assert fractions == sorted(fractions)
    assert not (folder / "runs" / str(run)).exists()


def test_the_same_seed_gives_the_same_network(trained: list[dict[str, Any]]) -> None:
    store(rasch(learners=40))
    for seed in (3, 3, 4):
        pipeline.run(request(seed=seed))
    assert trained[0] == trained[1]
    assert trained[0] != trained[2]


def test_without_further_training_there_are_no_vectors(
    trained: list[dict[str, Any]], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*args: object, **kwargs: object) -> None:
        raise AssertionError

    monkeypatch.setattr("metaedu_plugin.training.further.specialise", never)
    store(rasch(learners=40))
    outcome = pipeline.run(request(specialise=False))
    assert bundle.load(folder / "models" / outcome.version).manifest.courses == ()
    assert "specialise" not in outcome.metrics["seconds"]


def test_trained_weights_to_begin_with_need_fewer_epochs_and_smaller_steps() -> None:
    fresh, continued = (train_options(Options(), weights) for weights in (None, {}))
    assert continued.epochs < fresh.epochs
    assert continued.rate < fresh.rate
    assert train_options(Options(epochs=7), {}).epochs == 7


def failure(run: int) -> str:
    with pytest.raises(TrainingError) as error:
        pipeline.run(run)
    row = registry.run(id=run)
    assert row is not None
    assert row.state == "failed"
    assert row.message == str(error.value)
    assert registry.versions() == []
    return row.message


def test_no_responses_is_said_as_such() -> None:
    assert "no responses yet" in failure(request())


def test_one_learner_is_too_few() -> None:
    store(rasch(learners=1))
    assert "one learner only" in failure(request())


def test_nothing_but_right_answers_cannot_be_measured() -> None:
    same = [sequence(f"l{n}", [0, 1], [1, 1]) for n in range(30)]
    store(CourseData("c", ["a", "b"], [], [np.zeros(0, np.int32)] * 2, same))
    assert "are right" in failure(request())


def test_an_unknown_course_names_those_there_are() -> None:
    store(rasch(learners=30))
    assert "rasch" in failure(request(courses=["other"]))


def test_an_unknown_option_is_refused() -> None:
    store(rasch(learners=30))
    assert "epoch" in failure(request(epoch=3))


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize("where", ["train", "bundle"])
def test_a_full_disk_leaves_nothing_behind(where: str, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    store(rasch(learners=30))

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    target = "metaedu_plugin.training.checkpoint.torch.save" if where == "train" else "serving.bundle.writing._write"
    monkeypatch.setattr(target, full)
    assert "disk is full" in failure(request())
    assert not list(folder.glob("models/*"))
    assert not list(folder.glob("runs/*/bundle*"))


class Killed(BaseException):
    """The worker's process ends here."""


def test_a_killed_worker_goes_on_from_its_checkpoint(trained: list[dict[str, Any]]) -> None:
    store(rasch(learners=40))
    pipeline.run(request(epochs=3, seed=5))
    run = request(epochs=3, seed=5)

    class KilledAfter(Listener):
        def epoch(self, figures: Mapping[str, Any]) -> None:
            if figures["epoch"] == 2:
                raise Killed

    with pytest.raises(Killed):
        pipeline.run(run, listener=KilledAfter())
    row = registry.run(id=run)
    assert row is not None
    assert row.state == "running"
    second = Listener()
    pipeline.run(run, listener=second)
    assert [figures["epoch"] for figures in second.epochs] == [3]
    row = registry.run(id=run)
    assert row is not None
    assert [figures["epoch"] for figures in row.epochs] == [1, 2, 3]
    assert trained[0] == trained[1]


def test_killed_while_training_further_does_that_again(
    trained: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    store(rasch(learners=40))
    pipeline.run(request(seed=5))
    run = request(seed=5)

    class KilledThere(Listener):
        def at(self, stage: str, fraction: float, message: str = "") -> None:
            if stage == "specialise":
                raise Killed

    with pytest.raises(Killed):
        pipeline.run(run, listener=KilledThere())
    second = Listener()
    pipeline.run(run, listener=second)
    assert second.epochs == []
    assert "specialise" in [stage for stage, _ in second.places]
    assert trained[0] == trained[1]


@pytest.mark.usefixtures("trained")
def test_killed_between_registering_and_deciding(monkeypatch: pytest.MonkeyPatch) -> None:
    store(rasch(learners=40))
    run = request()

    def killed(**kwargs: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(registry, "decide", killed)
        with pytest.raises(Killed):
            pipeline.run(run)
    assert len(registry.versions()) == 1
    outcome = pipeline.run(run)
    assert [v.name for v in registry.versions()] == [outcome.version]
    assert registry.versions()[0].decision


@pytest.mark.usefixtures("trained")
def test_the_budget_ends_the_training_after_an_epoch() -> None:
    store(rasch(learners=30))
    listener = Listener()
    pipeline.run(request(epochs=50, seconds=0.01), listener=listener)
    assert len(listener.epochs) == 1


@pytest.mark.usefixtures("trained")
def test_held_out_learners_are_never_trained_on(monkeypatch: pytest.MonkeyPatch) -> None:
    store(rasch(learners=50))
    seen: set[str] = set()
    from metaedu_plugin.training import fitting
    from metaedu_plugin.training import further as module

    original = fitting.train_in_context
    further = module.specialise

    def further_watched(tracer: Tracer, courses: Any, *args: Any, beside: Any, **kwargs: Any) -> Any:
        seen.update(s.learner for course in [*(c for c, _ in courses), *beside] for s in course.data.sequences)
        return further(tracer, courses, *args, beside=beside, **kwargs)

    monkeypatch.setattr(module, "specialise", further_watched)

    def watched(training: list[CourseData], validation: list[CourseData], *args: Any, **kwargs: Any) -> Tracer:
        seen.update(s.learner for course in [*training, *validation] for s in course.sequences)
        return original(training, validation, *args, **kwargs)

    monkeypatch.setattr(fitting, "train_in_context", watched)
    pipeline.run(request())
    real = {learner for learner in seen if learner.startswith("rasch")}
    assert real
    assert not any(splits.held_out(learner) for learner in real)
