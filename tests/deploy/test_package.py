"""The distribution: an sdist, and a wheel built of it, hold all that the code needs and nothing that it does not."""

from __future__ import annotations

import configparser
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from twine.commands.check import check

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("metaedu_plugin/", "serving/")
HEAVY = {
    "torch",
    "pyarrow",
    "scikit-learn",
    "optuna",
    "onnx",
    "onnxscript",
    "scipy",
    "matplotlib",
    "safetensors",
    "granian",
}


def _sources() -> list[str]:
    """Files of the repository, also those that are not committed yet."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return [name for name in names if (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel; built of a copy, since a build writes beside the sources."""
    copy, dist = tmp_path_factory.mktemp("sources"), tmp_path_factory.mktemp("dist")
    for name in _sources():
        if name.startswith(PACKAGES) or "/" not in name:
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, copy / name)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(dist), str(copy)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
    return dist


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (path,) = built.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


def _metadata(unpacked: Path, name: str) -> str:
    (path,) = unpacked.glob(f"*.dist-info/{name}")
    return path.read_text(encoding="utf-8")


def test_registries_take_it(built: Path) -> None:
    assert not check([str(path) for path in built.iterdir()], strict=True)


def test_the_wheel_holds_the_packages_whole(wheel: Path) -> None:
    held = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith(PACKAGES)}
    source = {name for name in _sources() if name.startswith(PACKAGES)}
    assert held == source
    for part in (
        "metaedu_plugin/registry/templates/metaedu/base.html",
        "metaedu_plugin/insights/mako/instructor_dashboard/metaedu.html",
        "metaedu_plugin/tutoring/static/metaedu/feedback.js",
        "metaedu_plugin/conf/locale/zh_CN/LC_MESSAGES/django.mo",
        "metaedu_plugin/conf/locale/zh_Hans/LC_MESSAGES/django.mo",
        "metaedu_plugin/capture/migrations/0001_initial.py",
        "serving/shipped/manifest.json",
    ):
        assert part in held
    assert not [name for name in zipfile.ZipFile(wheel).namelist() if name.startswith(("tests/", "deploy/", "bench/"))]


def test_the_sdist_holds_them_too(built: Path) -> None:
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    assert {name for name in _sources() if name.startswith(PACKAGES)} <= held
    assert {"LICENSE", "README.md", "CHANGELOG.md", "pyproject.toml"} <= held


def test_entry_points(unpacked: Path) -> None:
    points = configparser.ConfigParser(delimiters="=")
    points.read_string(_metadata(unpacked, "entry_points.txt"))
    lms, cms = dict(points["lms.djangoapp"]), dict(points["cms.djangoapp"])
    apps = {"capture", "curriculum", "registry", "tutoring", "insights", "conf"}
    assert {f"metaedu_{app}" for app in apps} <= set(lms)
    assert {"metaedu_capture", "metaedu_curriculum", "metaedu_conf"} <= set(cms)
    # training has none: it belongs to workers
    assert "metaedu_training" not in lms
    assert points["console_scripts"]["metaedu-serving"] == "serving.cli:main"
    assert points["xblock.v1"]["metaedu_practice"]
    for target in {*lms.values(), *cms.values()}:
        module, _, name = target.strip().partition(":")
        assert getattr(import_module(module), name).plugin_app is not None
        assert (unpacked / (module.replace(".", "/") + ".py")).exists()


def test_the_shipped_model_answers_from_the_wheel(unpacked: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import serving; assert serving.__file__.startswith(sys.argv[1]);"
        "from serving import bundle; print(bundle.shipped().name); assert not {'torch', 'django'} & set(sys.modules)"
    )
    run = [sys.executable, "-I", "-c", code, str(unpacked)]
    assert subprocess.run(run, check=True, capture_output=True, text=True).stdout.strip()


def _required(unpacked: Path, extra: str) -> set[str]:
    lines = [
        line.partition(": ")[2] for line in _metadata(unpacked, "METADATA").splitlines() if "Requires-Dist" in line
    ]
    found = [Requirement(line) for line in lines]
    return {each.name.lower() for each in found if each.marker is None or each.marker.evaluate({"extra": extra})}


def test_the_lms_needs_no_torch(unpacked: Path) -> None:
    assert {"django", "numpy", "onnxruntime"} <= _required(unpacked, "lms")
    assert not HEAVY & _required(unpacked, "lms")
    assert "torch" in _required(unpacked, "training")
    assert not {"django", "torch"} & _required(unpacked, "serving")


def test_nor_does_anything_that_the_lms_needs(wheel: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--retries", "1"]
    run = subprocess.run(
        [*command, "--report", str(report), f"metaedu[lms] @ {wheel.as_uri()}"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )
    if run.returncode and "No matching distribution" in run.stderr:
        pytest.skip(f"no package registry can be reached: {run.stderr.strip()[-200:]}")
    assert run.returncode == 0, run.stderr
    names = {each["metadata"]["name"].lower() for each in json.loads(report.read_text())["install"]}
    assert "django" in names
    assert not HEAVY & names


def test_the_tutor_plugin_holds_its_patches_and_templates(tmp_path: Path) -> None:
    plugin = {name for name in _sources() if name.startswith("deploy/tutor/")}
    for name in plugin:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    command = [
        sys.executable,
        "-m",
        "build",
        "--no-isolation",
        "--outdir",
        str(tmp_path),
        str(tmp_path / "deploy/tutor"),
    ]
    subprocess.run(command, check=True, capture_output=True)
    (path,) = tmp_path.glob("*.whl")
    held = {f"deploy/tutor/{name}" for name in zipfile.ZipFile(path).namelist() if name.startswith("tutormetaedu/")}
    assert held == {name for name in plugin if name.startswith("deploy/tutor/tutormetaedu/")}
    assert "deploy/tutor/tutormetaedu/templates/metaedu/build/metaedu-training/Dockerfile" in held
    assert not check([str(each) for each in (path, *tmp_path.glob("*.tar.gz"))], strict=True)


def test_tox_tries_what_the_metadata_promises(unpacked: Path) -> None:
    tox = configparser.ConfigParser()
    tox.read(ROOT / "tox.ini")
    assert tox["tox"]["env_list"] == "py311-django{42,52}, py312-django52"
    metadata = _metadata(unpacked, "METADATA")
    for promised in ("Django :: 4.2", "Django :: 5.2", "Python :: 3.11", "Python :: 3.12"):
        assert f":: {promised}\n" in metadata
    assert tox["testenv"]["deps"].count("django~=") == 2


def test_the_catalogue_names_files_that_are_there() -> None:
    entities = list(yaml.safe_load_all((ROOT / "catalog-info.yaml").read_text()))
    names = {each["metadata"]["name"] for each in entities if each["kind"] == "API"}
    (component,) = [each for each in entities if each["kind"] == "Component"]
    assert set(component["spec"]["providesApis"]) == names
    for each in entities:
        if each["kind"] == "API":
            assert (ROOT / each["spec"]["definition"]["$text"]).is_file()
