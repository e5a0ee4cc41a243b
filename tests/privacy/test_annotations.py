"""Personal data, settings and toggles are annotated as the platform asks (OEP-30, OEP-17), by its own checker."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
NAME = re.compile(r"METAEDU_[A-Z_]*[A-Z]")
READ = re.compile(
    r"""(?:getattr\(\s*\w*settings,\s*f?|settings\.|hasattr\(\s*\w*settings,\s*f?)["']?(METAEDU_[A-Z_]*[A-Z])"""
)
"""A setting that is read or set, in either way."""


def check(tmp_path: Path, *arguments: str) -> str:
    command = [str(Path(sys.executable).with_name("code_annotations")), *arguments, "--report_path", str(tmp_path)]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_model_says_which_personal_data_it_holds(tmp_path: Path) -> None:
    said = check(
        tmp_path, "django_find_annotations", "--config_file", ".pii_annotations.yml", "--lint", "--report", "--coverage"
    )
    assert "Coverage is 100.0%" in said


def annotated(tmp_path: Path, config: str) -> list[dict[str, object]]:
    """What the checker finds in the package with a configuration that it brings along."""
    found = importlib.util.find_spec("code_annotations.contrib")
    assert found is not None and found.submodule_search_locations
    theirs = Path(found.submodule_search_locations[0]) / "config" / config
    options = {**yaml.safe_load(theirs.read_text()), "source_path": "metaedu_plugin"}
    tmp_path.mkdir(exist_ok=True)
    ours = tmp_path / config
    ours.write_text(yaml.safe_dump(options))
    check(tmp_path, "static_find_annotations", "--config_file", str(ours), "--lint", "--report")
    (report,) = [path for path in tmp_path.glob("*.yaml") if path != ours]
    return [each for file in yaml.safe_load(report.read_text()).values() for each in file]


@pytest.fixture
def settings_told(tmp_path: Path) -> Counter[str]:
    """Names of annotated settings, and of toggles that are settings."""
    found = [
        each
        for config in ("setting_annotations.yaml", "feature_toggle_annotations.yaml")
        for each in annotated(tmp_path / config.partition("_")[0], config)
    ]
    tokens = {".. setting_name:", ".. toggle_name:"}
    names = [str(each["annotation_data"]) for each in found if each["annotation_token"] in tokens]
    return Counter(name for name in names if NAME.fullmatch(name))


def test_every_setting_that_is_read_is_annotated_once(settings_told: Counter[str]) -> None:
    read = {
        name
        for path in (ROOT / "metaedu_plugin").rglob("*.py")
        for name in READ.findall(path.read_text(encoding="utf-8"))
    }
    assert len(read) > 10
    assert read <= settings_told.keys()
    assert set(settings_told.values()) == {1}


def test_toggles_are_annotated(tmp_path: Path) -> None:
    found = annotated(tmp_path, "feature_toggle_annotations.yaml")
    names = {each["annotation_data"] for each in found if each["annotation_token"] == ".. toggle_name:"}
    assert "metaedu.enabled" in names


def test_every_setting_is_in_the_operator_s_table(settings_told: Counter[str]) -> None:
    table = set(NAME.findall((ROOT / "docs" / "operator.md").read_text(encoding="utf-8")))
    assert set(settings_told) <= table
