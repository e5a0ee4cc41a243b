"""Tutor itself, one virtual environment per version under var/tutor, and a platform's environment rendered with it."""

from __future__ import annotations

import ast
import fcntl
import os
import shutil
import subprocess
import venv
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = ROOT / "deploy/tutor"
VERSIONS = ("20", "21", "22") if os.environ.get("METAEDU_TEST_TUTOR") == "all" else ("22",)
NEIGHBOURS = ("mfe", "forum", "aspects")


def installed(version: str) -> Path:
    """The folder of Tutor's commands; made where it is missing, which takes most of a minute."""
    place = ROOT / "var/tutor" / version
    place.mkdir(parents=True, exist_ok=True)
    with (place / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / ".ready").exists():
            _install(place, version)
            (place / ".ready").touch()
    return place / "bin"


def _install(place: Path, version: str) -> None:
    venv.create(place, with_pip=True, clear=False)
    wanted = [f"tutor>={version},<{int(version) + 1}", "tutor-mfe", "tutor-forum", "tutor-contrib-aspects"]
    pip = [place / "bin/pip", "install", "--quiet", "--no-compile", "--retries", "1", *wanted, "--editable", PLUGIN]
    made = subprocess.run(pip, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if made.returncode:
        pytest.skip(f"Tutor {version} cannot be installed here: {made.stderr.strip()[-400:]}")


class Rendered:
    """An environment that Tutor has rendered."""

    def __init__(self, env: Path) -> None:
        self.env = env

    def text(self, path: str) -> str:
        """A rendered file."""
        return (self.env / path).read_text(encoding="utf-8")

    def files(self) -> dict[str, str]:
        """Every rendered file outside of metaedu's own folder."""
        found = {str(path.relative_to(self.env)): path for path in self.env.rglob("*") if path.is_file()}
        return {
            name: path.read_text(encoding="utf-8", errors="replace")
            for name, path in found.items()
            if not name.startswith("plugins/metaedu/")
        }

    def services(self, path: str = "local/docker-compose.yml") -> dict[str, Any]:
        """Services of a Compose file."""
        return yaml.safe_load(self.text(path))["services"]

    def objects(self, name: str) -> dict[tuple[str, str], Any]:
        """Objects of a Kubernetes file, by kind and name."""
        found = [each for each in yaml.safe_load_all(self.text(f"k8s/{name}.yml")) if each]
        return {(each["kind"], each["metadata"]["name"]): each for each in found}

    def statements(self, path: str) -> list[str]:
        """The statements of a settings module."""
        return [ast.unparse(each) for each in ast.parse(self.text(path)).body]


class Platform(Rendered):
    """A root of Tutor's with its configuration and what it renders."""

    def __init__(self, commands: Path, root: Path) -> None:
        super().__init__(root / "env")
        self.commands = commands
        self.root = root

    def tutor(self, *arguments: str) -> str:
        """Run a command of Tutor's; its output."""
        variables = os.environ | {"TUTOR_ROOT": str(self.root), "TUTOR_PLUGINS_ROOT": str(self.root / "plugins")}
        run = subprocess.run(
            [self.commands / "tutor", *arguments],
            capture_output=True,
            text=True,
            check=False,
            env=variables,
            stdin=subprocess.DEVNULL,
        )
        assert run.returncode == 0, f"tutor {' '.join(arguments)}: {run.stdout}{run.stderr}"
        assert "Traceback" not in run.stderr, run.stderr
        return run.stdout

    def python(self, code: str, *arguments: str) -> str:
        """Run code where Tutor and the plugin are installed; its output."""
        run = [self.commands / "python", "-c", code, *arguments]
        return subprocess.run(run, capture_output=True, text=True, check=True).stdout

    def save(self, **settings: Any) -> None:
        """Set what is given, in YAML's words, and render everything."""
        self.tutor("config", "save", *(f"--set=METAEDU_{name}={value}" for name, value in settings.items()))

    def snapshot(self, name: str) -> Rendered:
        """A copy of what is rendered now, which stays."""
        shutil.copytree(self.env, self.root / name)
        return Rendered(self.root / name)
