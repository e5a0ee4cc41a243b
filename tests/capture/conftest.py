"""Every test of capture has a data folder of its own, and nobody else listens to its signals."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from metaedu_plugin.capture import receive, signals, spool
from metaedu_plugin.capture.models import Activity, Choice, DeadLetter, Learner, Response, Retired, Switch

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


Servers = Callable[[str], str]


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """`databases(kind)`: address of a throw-away database with our tables, made once for all tests."""
    made: dict[str, str] = {}

    def one(kind: str) -> str:
        if kind not in made:
            made[kind] = _database(kind, tmp_path_factory.mktemp(kind))
        return made[kind]

    yield one
    for kind, address in made.items():
        ADMINS[kind](address, f"DROP DATABASE {address.rpartition('/')[2]}")


def _database(kind: str, folder: Path) -> str:
    name = f"metaedu_{uuid.uuid4().hex[:12]}"
    address = {
        "sqlite": f"sqlite:///{folder / 'other.sqlite3'}",
        "postgresql": f"{os.environ.get('METAEDU_TEST_POSTGRESQL', 'postgresql://postgres@127.0.0.1')}/{name}",
        "mysql": f"{os.environ.get('METAEDU_TEST_MYSQL', 'mysql://root@127.0.0.1')}/{name}",
    }[kind]
    try:
        ADMINS[kind](address, f"CREATE DATABASE {name}")
    except Exception as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no {kind} server here: {error}")
    _run(address, folder, "manage.py", "migrate", "-v", "0")
    return address


@pytest.fixture(params=["sqlite", "postgresql", "mysql"])
def server(request: pytest.FixtureRequest, databases: Servers, tmp_path: Path) -> Run:
    """Runs Python in a process of its own, on an empty database of each kind."""
    address = databases(request.param)
    for model in (Response, Activity, Choice, Learner, DeadLetter, Switch, Retired):
        ADMINS[request.param](address, f"DELETE FROM {model._meta.db_table}", True)
    return partial(_run, address, tmp_path / "other")


def _run(address: str, folder: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "METAEDU_DATABASE": address,
        "METAEDU_DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "tests.capture.settings",
    }
    command = [sys.executable, *arguments]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, done.stderr
    return done


def _postgresql(address: str, statement: str, inside: bool = False) -> None:
    import psycopg

    place = address if inside else address.rpartition("/")[0] + "/postgres"
    with psycopg.connect(place, autocommit=True) as connection:
        connection.execute(statement)


def _mysql(address: str, statement: str, inside: bool = False) -> None:
    import pymysql

    parts = urlsplit(address)
    connection = pymysql.connect(
        host=parts.hostname or "",
        port=parts.port or 3306,
        user=parts.username,
        password=parts.password or "",
        database=parts.path[1:] if inside else None,
        autocommit=True,
    )
    with connection, connection.cursor() as cursor:
        cursor.execute(statement)


def _sqlite(address: str, statement: str, inside: bool = False) -> None:
    """A file is a database: there is nothing to create or to drop."""
    if inside:
        with sqlite3.connect(address.removeprefix("sqlite:///")) as connection:
            connection.execute(statement)


ADMINS = {"sqlite": _sqlite, "postgresql": _postgresql, "mysql": _mysql}
