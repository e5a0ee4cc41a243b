"""A new bundle is taken up while requests go on; a bad one is not."""

import os
import shutil
import threading
import time
from pathlib import Path

import httpx
import msgspec
import pytest

from serving.engine import Engine
from serving.prior import PriorModel
from serving.service import follow
from serving.service.follow import Follower
from serving.stores.memory import MemoryStore
from tests.serving.graphs import make
from tests.serving.service.processes import served
from tests.serving.words import response


@pytest.fixture
def link(tmp_path: Path, bundle_directory: Path) -> Path:
    """A link to a bundle, as the registry keeps one to its champion."""
    path = tmp_path / "champion"
    path.symlink_to(bundle_directory)
    return path


def set_to(link: Path, directory: Path) -> None:
    draft = link.with_name("draft")
    draft.symlink_to(directory)
    draft.replace(link)


def test_a_new_champion_and_a_roll_back_are_taken_up(link: Path, bundle_directory: Path, tmp_path: Path) -> None:
    told: list[str] = []
    engine = Engine(PriorModel(), MemoryStore())
    follower = Follower(link, engine, told.append)
    follower.look()
    follower.look()
    assert (engine.model.name, told) == ("tiny-1", ["serves"])
    set_to(link, make(tmp_path, "tiny-2"))
    follower.look()
    assert (engine.model.name, follower.error, told) == ("tiny-2", "", ["serves"] * 2)
    set_to(link, bundle_directory)
    follower.look()
    assert (engine.model.name, told) == ("tiny-1", ["serves"] * 3)


def damaged(tmp_path: Path) -> Path:
    directory = make(tmp_path, "tiny-3")
    graph = directory / "predict" / "1" / "model.onnx"
    graph.write_bytes(graph.read_bytes()[:-1])
    return directory


def test_a_bad_bundle_leaves_the_champion_in_place_and_says_why(
    link: Path, bundle_directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    engine = Engine(PriorModel(), MemoryStore())
    follower = Follower(link, engine, told.append)
    follower.look()
    set_to(link, damaged(tmp_path))
    for _ in range(3):
        follower.look()
    assert engine.model.name == "tiny-1"
    assert "tiny-1 goes on" in follower.error
    assert "sha256" in follower.error
    assert told == ["serves", "refused"], "and it is not tried at every look"
    monkeypatch.setattr(follow, "RETRY_AFTER", 0.0)
    follower._refused = (None, 0.0)
    shutil.rmtree(tmp_path / "tiny-3")
    follower.look()
    assert "is not there" in follower.error
    set_to(link, bundle_directory)
    follower.look()
    assert (engine.model.name, follower.error) == ("tiny-1", "")


def test_under_load_no_request_notices(link: Path, bundle_directory: Path, tmp_path: Path) -> None:
    """Versions change to and fro, a bad one among them, and at last the directory is gone."""
    other, bad = make(tmp_path, "tiny-2"), damaged(tmp_path)
    statuses: list[int] = []
    models: set[str] = set()
    stop = threading.Event()

    def ask(address: str, name: str) -> None:
        with httpx.Client(base_url=address) as client:
            number = 0
            while not stop.is_set():
                number += 1
                body = {"response": to_json(f"{name}-{number}", name)}
                answer = client.post("/v1/observe", json=body)
                statuses.append(answer.status_code)
                models.add(answer.json()["model"])

    with served("--follow", str(link), "--look", "0.1") as address:
        threads = [threading.Thread(target=ask, args=(address, f"l{n}")) for n in range(4)]
        for thread in threads:
            thread.start()
        for directory in (other, bad, bundle_directory, other):
            set_to(link, directory)
            time.sleep(0.5)
        assert httpx.get(f"{address}/readyz").json()["model"] == "tiny-2"
        moved = os.path.realpath(link)
        shutil.move(moved, tmp_path / "gone")
        time.sleep(0.4)
        ready = httpx.get(f"{address}/readyz").json()
        stop.set()
        for thread in threads:
            thread.join()
        figures = httpx.get(f"{address}/metrics").text
    assert set(statuses) == {200}
    assert len(statuses) > 50
    assert models == {"tiny-1", "tiny-2"}
    assert ready["model"] == "tiny-2"
    assert "is not there" in ready["refused"]
    assert 'metaedu_model_loads_total{outcome="serves"} 4.0' in figures
    assert 'metaedu_model_loads_total{outcome="refused"} 1.0' in figures


def to_json(id: str, learner: str) -> dict[str, object]:
    return msgspec.to_builtins(response(id, learner=learner))


def test_what_ships_answers_until_there_is_a_champion(tmp_path: Path, bundle_directory: Path) -> None:
    link = tmp_path / "champion"
    with served("--follow", str(link), "--look", "0.1") as address:
        assert httpx.get(f"{address}/readyz").json()["model"].startswith("shipped")
        set_to(link, bundle_directory)
        time.sleep(0.5)
        assert httpx.get(f"{address}/readyz").json() == {"status": "ready", "model": "tiny-1"}
