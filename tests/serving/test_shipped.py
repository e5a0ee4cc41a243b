"""The model that comes with the package: it is there, it is data, it loads, and it has learned something."""

from __future__ import annotations

import hashlib
import importlib.resources
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from serving import bundle, cli, schema
from serving.engine import Engine
from serving.stores.memory import MemoryStore
from tests.serving.words import NOW, several

ROOT = Path(__file__).resolve().parents[2]
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def shipped() -> bundle.Bundle:
    return bundle.shipped()


def test_it_says_what_it_is(shipped: bundle.Bundle) -> None:
    assert shipped.source == "shipped"
    assert shipped.manifest.data.origin == "simulated"
    card = (shipped.directory / schema.CARD).read_text()
    assert shipped.name in card
    assert "No real data" in card
    assert "real courses: 0" in card
    assert {row["origin"] for row in shipped.manifest.metrics["unseen_courses"]} == {"simulated"}


def test_another_network_has_another_name(shipped: bundle.Bundle) -> None:
    """A learner state belongs to the version that made it."""
    weights = bundle.weights(shipped.directory)
    assert weights is not None
    assert shipped.name == f"shipped-{hashlib.sha256(weights).hexdigest()[:8]}"


def test_right_answers_raise_the_mastery_and_wrong_ones_lower_it(shipped: bundle.Bundle) -> None:
    means = []
    for answers in ("----", "", "++++"):
        engine = Engine(shipped, MemoryStore())
        engine.observe_many(several(answers))
        (skill,) = engine.mastery(course="c", learner="l", skills=["a"], now=NOW)
        means.append(skill.mean)
        assert 0 < skill.low < skill.mean < skill.high < 1
    assert means[0] + 0.05 < means[1] < means[2] - 0.05


def test_it_is_package_data_and_small(shipped: bundle.Bundle) -> None:
    folder = importlib.resources.files("serving") / "shipped"
    size = 0
    for path in (*shipped.manifest.files, schema.MANIFEST):
        file = folder.joinpath(path)
        assert file.is_file()
        size += len(file.read_bytes())
        assert Path(path).suffix in {".onnx", ".json", ".md", ".safetensors"}
    assert size < 5 * MEGABYTE


def test_a_wheel_holds_all_of_it(shipped: bundle.Bundle, tmp_path: Path) -> None:
    pytest.importorskip("setuptools", minversion="77")
    copy = tmp_path / "project"
    copy.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    shutil.copytree(ROOT / "serving", copy / "serving", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "metaedu_plugin", copy / "metaedu_plugin", ignore=shutil.ignore_patterns("__pycache__"))
    build = "from setuptools import build_meta; build_meta.build_wheel('made')"
    (copy / "made").mkdir()
    subprocess.run([sys.executable, "-c", build], cwd=copy, check=True, capture_output=True, timeout=120)
    (wheel,) = (copy / "made").glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    assert {f"serving/shipped/{path}" for path in (*shipped.manifest.files, schema.MANIFEST)} <= held


def test_the_service_serves_it_unless_a_bundle_is_named(
    shipped: bundle.Bundle, bundle_directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    assert (cli._model(None).name, cli._model(None).source) == (shipped.name, "shipped")
    assert cli._model(str(bundle_directory)).source == "model"
    monkeypatch.setattr("serving.bundle.loading.SHIPPED", tmp_path)
    assert cli._model(None).source == "prior"
    assert "the shipped model does not load, the prior answers" in capsys.readouterr().err
