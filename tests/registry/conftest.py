from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from celery import Celery, current_app

from metaedu_plugin.registry import api, gateway
from tests.registry.bundles import make

Registered = Callable[..., api.VersionInfo]


@pytest.fixture
def data_dir(settings, tmp_path: Path) -> Iterator[Path]:
    settings.METAEDU_DATA_DIR = tmp_path / "data"
    settings.METAEDU_STORE = f"sqlite:///{tmp_path / 'learner-states.sqlite3'}"
    settings.METAEDU_CHAMPION_CHECK_SECONDS = 0.1
    settings.METAEDU_DATA_DIR.mkdir()
    gateway.reset()
    yield settings.METAEDU_DATA_DIR
    gateway.reset()


@pytest.fixture
def registered(data_dir: Path, tmp_path: Path) -> Registered:
    """Makes a bundle and registers it."""

    def register(name: str, *, probability: float = 0.6, **metrics: object) -> api.VersionInfo:
        return api.register(bundle=make(tmp_path / "made", name, probability=probability), metrics=metrics)

    return register


@pytest.fixture
def celery_app() -> Iterator[Celery]:
    """A current app of this test's own, so that its broker can be chosen."""
    app = Celery("tests", set_as_current=False)
    app.conf.task_ignore_result = True
    before = current_app._get_current_object()
    app.set_current()
    yield app
    app.close()
    before.set_current()
