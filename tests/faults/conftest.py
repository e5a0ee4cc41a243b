"""Commands as an operator runs them: what they say, how they exit, what they leave behind."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from celery import Celery, current_app
from django.core.management import execute_from_command_line

from metaedu_plugin.capture import spool
from metaedu_plugin.registry import gateway

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Told:
    """How a command ended."""

    code: int
    out: str
    err: str

    def refusal(self, code: int = 1) -> str:
        """The one line of a refusal; fails where it was none, or came with a traceback."""
        assert self.code == code, self
        assert "Traceback" not in self.err
        (line,) = self.err.strip().splitlines()
        return line


Manage = Callable[..., Told]


@pytest.fixture
def data_dir(settings: Any, tmp_path: Path) -> Iterator[Path]:
    settings.METAEDU_DATA_DIR = tmp_path / "data"
    settings.METAEDU_DATA_DIR.mkdir()
    settings.METAEDU_DRAIN_SECONDS = 0
    settings.METAEDU_STORE = "memory://"
    settings.METAEDU_SERVING_COOL_DOWN = 0.5
    spool.writer.reset()
    gateway.reset()
    yield settings.METAEDU_DATA_DIR
    spool.writer.reset()
    gateway.reset()


@pytest.fixture
def manage(data_dir: Path, transactional_db: None, capsys: pytest.CaptureFixture[str]) -> Manage:
    """`manage.py` with these arguments, in this process."""

    def call(*arguments: str) -> Told:
        capsys.readouterr()
        code = 0
        try:
            execute_from_command_line(["manage.py", *arguments])
        except SystemExit as end:
            code = int(end.code or 0)
        told = capsys.readouterr()
        return Told(code, told.out, told.err)

    return call


Run = Callable[..., Told]


@pytest.fixture
def process(tmp_path: Path, platform: Path) -> Run:
    """Python with these arguments as a process of its own, on a copy of a small platform's database."""
    database = tmp_path / "platform.sqlite3"
    shutil.copyfile(platform, database)

    def run(*arguments: str, before: tuple[str, ...] = (), **environment: str) -> Told:
        given = {
            **os.environ,
            "METAEDU_DATABASE": f"sqlite:///{database}",
            "METAEDU_DATA_DIR": str(tmp_path / "own"),
            "METAEDU_STORE": "memory://",
            "PYTHONDONTWRITEBYTECODE": "1",
            "DJANGO_SETTINGS_MODULE": "deploy.demo.worker",
            **environment,
        }
        command = [*before, sys.executable, *arguments]
        done = subprocess.run(command, env=given, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
        return Told(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with forty learners' responses to one course."""
    folder = tmp_path_factory.mktemp("platform")
    table = folder / "answers.csv"
    rows = [f"l{n % 40},q{n % 13},{(n * 7 + n % 3) % 2},{1_700_000_000 + 60 * n}" for n in range(2000)]
    table.write_text("learner,item,correct,time\n" + "\n".join(rows))
    environment = {
        **os.environ,
        "METAEDU_DATABASE": f"sqlite:///{folder / 'db'}",
        "METAEDU_DATA_DIR": str(folder / "data"),
        "METAEDU_STORE": "memory://",
    }
    for arguments in (["migrate", "-v", "0"], ["metaedu_import", str(table), "--course", "rivers"]):
        subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment, check=True, capture_output=True
        )
    return folder / "db"


@pytest.fixture
def celery_app() -> Iterator[Celery]:
    app = Celery("tests", set_as_current=False)
    before = current_app._get_current_object()
    app.set_current()
    yield app
    app.close()
    before.set_current()
