"""Every test of capture has a data folder of its own, and nobody else listens to its signals."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from metaedu_plugin.capture import receive, signals, spool

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    settings.METAEDU_DATA_DIR = tmp_path / "data"
    settings.METAEDU_DRAIN_SECONDS = 0
    spool.writer.reset()
    monkeypatch.setattr(receive.Losses, "count", 0)
    monkeypatch.setattr(receive.Losses, "failing", False)
    monkeypatch.setattr(receive.Losses, "last", None)
    yield tmp_path / "data"
    spool.writer.reset()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the apps above would be told, one entry per captured response."""
    heard: list[Any] = []

    def hear(*, responses: list[Any], **_: Any) -> None:
        heard.extend(responses)

    monkeypatch.setattr(signals.responses_captured, "receivers", [])
    monkeypatch.setattr(signals.item_skills_found, "receivers", [])
    signals.responses_captured.connect(hear, weak=False)
    return heard


@pytest.fixture(autouse=True)
def rows(told: list[Any], transactional_db: None) -> None:
    """Real commits: signals and the deletion of segments come after them."""


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(params=["sqlite", "postgresql", "mysql"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Run]:
    """Runs Python in a process of its own, on a throw-away database of each kind."""
    name = f"metaedu_{uuid.uuid4().hex[:12]}"
    address = {
        "sqlite": f"sqlite:///{tmp_path / 'other.sqlite3'}",
        "postgresql": f"{os.environ.get('METAEDU_TEST_POSTGRESQL', 'postgresql://postgres@127.0.0.1')}/{name}",
        "mysql": f"{os.environ.get('METAEDU_TEST_MYSQL', 'mysql://root@127.0.0.1')}/{name}",
    }[request.param]
    admin = ADMINS[request.param]
    try:
        admin(address, f"CREATE DATABASE {name}")
    except Exception as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no {request.param} server here: {error}")
    environment = {
        **os.environ,
        "METAEDU_DATABASE": address,
        "METAEDU_DATA_DIR": str(tmp_path / "other"),
        "DJANGO_SETTINGS_MODULE": "tests.capture.settings",
    }

    def run(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *arguments]
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
        assert not check or done.returncode == 0, done.stderr
        return done

    run("manage.py", "migrate", "-v", "0")
    yield run
    admin(address, f"DROP DATABASE {name}")


def _postgresql(address: str, statement: str) -> None:
    import psycopg

    with psycopg.connect(address.rpartition("/")[0] + "/postgres", autocommit=True) as connection:
        connection.execute(statement)


def _mysql(address: str, statement: str) -> None:
    import pymysql

    parts = urlsplit(address)
    connection = pymysql.connect(
        host=parts.hostname or "", port=parts.port or 3306, user=parts.username, password=parts.password or ""
    )
    with connection, connection.cursor() as cursor:
        cursor.execute(statement)


def _sqlite(address: str, statement: str) -> None:
    assert sqlite3.sqlite_version_info >= (3, 35)


ADMINS = {"sqlite": _sqlite, "postgresql": _postgresql, "mysql": _mysql}
