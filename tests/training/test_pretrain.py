"""The command that makes what ships."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import safetensors.torch
from django.core.management import CommandError, call_command

from metaedu_plugin.training import pretrain
from metaedu_plugin.training.checkpoint import load
from serving import bundle

if TYPE_CHECKING:
    from metaedu_plugin.training.export import Exported
    from metaedu_plugin.training.networks.tracer import Tracer

QUICK = ["--courses", "2", "--epochs", "1", "--batches", "1", "--unseen", "1"]
Made = tuple[bundle.Bundle, str]


def make(graphs: Exported, folder: Path, *options: str) -> Made:
    """Exporting takes ten seconds: all share the same graphs, with the weights that were trained."""

    def exported(tracer: Tracer) -> Exported:
        return replace(graphs, weights=safetensors.torch.save(tracer.state_dict()))

    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pretrain, "export", exported)
        call_command("metaedu_pretrain", "--output", str(folder), *QUICK, *options, stdout=out)
    return bundle.load(folder), out.getvalue()


@pytest.fixture(scope="module")
def five(graphs: Exported, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(graphs, tmp_path_factory.mktemp("made") / "five", "--seed", "5")


def test_it_makes_a_bundle_of_simulated_courses_alone(five: Made) -> None:
    loaded, told = five
    assert loaded.name in told
    assert "MB" in told
    assert loaded.manifest.data.origin == "simulated"
    assert loaded.manifest.data.courses == 2
    rows = loaded.manifest.metrics["unseen_courses"]
    assert {(row["origin"], row["others"]) for row in rows} == {("simulated", "none"), ("simulated", "half")}
    assert {"ours", "prior, no training", "Elo"} <= {row["method"] for row in rows}
    assert loaded.manifest.metrics["seconds"]["train"] > 0
    card = (loaded.directory / "card.md").read_text()
    for said in ("No real data", "real courses: 0", "simulated courses of an epoch: 2", "seconds: train", "bytes: "):
        assert said in card, said
    assert "Nothing was evaluated" not in card


def test_the_same_seed_gives_the_same_weights_and_so_the_same_name(
    five: Made, graphs: Exported, tmp_path: Path
) -> None:
    again, _ = make(graphs, tmp_path / "again", "--seed", "5")
    assert bundle.weights(again.directory) == bundle.weights(five[0].directory)
    assert again.name == five[0].name


def test_another_seed_gives_another_model_and_minutes_end_it_after_an_epoch(
    five: Made, graphs: Exported, tmp_path: Path
) -> None:
    other, _ = make(graphs, tmp_path / "other", "--seed", "6", "--epochs", "50", "--minutes", "0.0001")
    assert other.name != five[0].name
    assert "- epochs: 1\n" in (other.directory / "card.md").read_text()


def test_a_killed_training_goes_on_and_its_seconds_are_those_of_all_epochs(
    five: Made, graphs: Exported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept.pt"
    options = ("--seed", "5", "--epochs", "2", "--checkpoint", str(kept))
    make(graphs, tmp_path / "one", *options, "--minutes", "0.0001")
    resumed, _ = make(graphs, tmp_path / "two", *options)
    whole, _ = make(graphs, tmp_path / "whole", "--seed", "5", "--epochs", "2")
    assert resumed.name == whole.name != five[0].name
    epochs = load(kept)["progress"]["history"]
    assert len(epochs) == 2
    assert resumed.manifest.metrics["seconds"]["train"] == pytest.approx(sum(e["seconds"] for e in epochs), abs=0.01)
    with pytest.raises(CommandError, match="seed 5, not 6"):
        make(graphs, tmp_path / "three", *options, "--seed", "6")


def test_a_bundle_that_is_there_is_not_written_over(graphs: Exported, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="a bundle never changes"):
        make(graphs, tmp_path)
    with pytest.raises(CommandError, match="at least 1"):
        make(graphs, tmp_path / "one", "--courses", "0")
