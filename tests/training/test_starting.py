"""What a training begins with: the shipped weights, the champion's, or fresh ones and the reason."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch

from metaedu_plugin.registry import api as registry
from metaedu_plugin.training import pipeline, starting
from metaedu_plugin.training.judging import SHIPPED
from metaedu_plugin.training.meta_training import TrainOptions, network, train_in_context
from metaedu_plugin.training.writing import captured, write
from serving import bundle
from tests.registry import bundles
from tests.training.courses import rasch, store
from tests.training.test_pipeline import request

if TYPE_CHECKING:
    from metaedu_plugin.training.export import Exported

NAME = bundles.SHIPPED[0]
SMALL = TrainOptions(hidden=8, width=8)


def champion(folder: Path) -> None:
    name = registry.register(bundle=folder, metrics={}).name
    registry.promote(version=name, by="test", reason="test")


def test_what_ships_fits_the_network_of_this_release() -> None:
    start = starting.find("shipped", TrainOptions())
    assert (start.version, start.note) == (NAME, "")
    assert start.weights is not None


@pytest.mark.usefixtures("one_thread")
def test_a_training_begins_with_the_weights_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """Directions too; those are learned on at any rate."""
    monkeypatch.setattr("metaedu_plugin.training.meta_training.learn_directions", lambda *_, **how: None)
    weights = starting.find("shipped", TrainOptions()).weights
    still = TrainOptions(epochs=1, batches=1, rate=0.0)
    begun = train_in_context([rasch(learners=8)], [rasch(learners=8)], still, start=weights).state_dict()
    fresh = train_in_context([rasch(learners=8)], [rasch(learners=8)], still).state_dict()
    assert weights is not None
    assert all(torch.equal(begun[name], value) for name, value in weights.items())
    assert not all(torch.equal(fresh[name], value) for name, value in weights.items())


def test_another_network_starts_fresh_and_says_so() -> None:
    start = starting.find("shipped", SMALL)
    assert (start.version, start.weights) == ("fresh", None)
    assert "The shipped model is another network than this training's" in start.note


@pytest.mark.parametrize("fault", ["gone", "changed", "schema"])
def test_a_shipped_bundle_that_cannot_be_read_starts_fresh_and_says_so(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoilt = tmp_path / "shipped"
    if fault != "gone":
        shutil.copytree(bundle.SHIPPED, spoilt)
    if fault == "changed":
        (spoilt / bundle.WEIGHTS).write_bytes(b"other")
    if fault == "schema":
        manifest = (spoilt / "manifest.json").read_text()
        (spoilt / "manifest.json").write_text(manifest.replace('"schema_version": ', '"schema_version": 9'))
    monkeypatch.setattr("serving.bundle.SHIPPED", spoilt)
    start = starting.find("shipped", TrainOptions())
    assert (start.version, start.weights) == ("fresh", None)
    assert "The shipped model cannot be read, so the training starts fresh" in start.note


@pytest.mark.django_db
@pytest.mark.usefixtures("folder")
def test_from_the_champion(tmp_path: Path, graphs: Exported) -> None:
    start = starting.find("champion", TrainOptions())
    assert (start.version, start.note) == (NAME, "There is no champion to start from.")

    champion(bundles.make(tmp_path / "made", "v1"))
    start = starting.find("champion", TrainOptions())
    assert (start.version, start.weights) == ("fresh", None)
    assert "The champion v1 came without its weights" in start.note

    facts: dict[str, Any] = {"fingerprint": "", "courses": [], "learners": 0, "responses": 0, "simulated_courses": 0}
    nothing = replace(graphs, weights=b"")
    champion(write(tmp_path / "v0", "v0", nothing, metrics={}, data=captured(facts), facts=facts, made={}))
    assert "The champion v0 cannot be read" in starting.find("champion", TrainOptions()).note

    exported = replace(graphs, weights=_bytes(network(SMALL)))
    champion(write(tmp_path / "v2", "v2", exported, metrics={}, data=captured(facts), facts=facts, made={}))
    assert starting.find("champion", SMALL).version == "v2"
    assert "The champion v2 is another network" in starting.find("champion", TrainOptions()).note


def _bytes(tracer: torch.nn.Module) -> bytes:
    import safetensors.torch

    return safetensors.torch.save(tracer.state_dict())


@pytest.mark.django_db
@pytest.mark.usefixtures("folder", "trained")
def test_a_first_candidate_is_compared_with_what_ships_and_says_where_it_began() -> None:
    store(rasch(learners=40))
    outcome = pipeline.run(request())
    assert outcome.decision.reference == NAME
    assert {"ours", SHIPPED, "prior, no training"} <= {row["method"] for row in outcome.metrics["table"]}
    assert outcome.metrics["data"]["start"] == NAME
    assert outcome.metrics["data"]["warnings"] == []
    outcome = pipeline.run(request(start="champion"))
    assert outcome.metrics["data"]["warnings"] == ["There is no champion to start from."]
    assert pipeline.run(request(start="fresh")).metrics["data"]["start"] == "fresh"


@pytest.mark.django_db
@pytest.mark.usefixtures("folder", "trained")
def test_without_what_ships_the_prior_is_the_reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("serving.bundle.SHIPPED", "serving.bundle.loading.SHIPPED"):
        monkeypatch.setattr(name, tmp_path / "gone")
    store(rasch(learners=40))
    outcome = pipeline.run(request())
    assert outcome.decision.reference == "prior, no training"
    assert outcome.metrics["data"]["start"] == "fresh"
    assert "starts fresh" in outcome.metrics["data"]["warnings"][0]
