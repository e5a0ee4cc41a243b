"""A version is judged by what it predicted beside the champion, as the service wrote it down."""

from __future__ import annotations

import random
from io import StringIO
from pathlib import Path

import msgspec
import pytest
from django.core.management import CommandError, call_command

from metaedu_plugin.registry import api, gate
from serving.engine import Engine
from serving.prior import PriorModel
from serving.service.beside import Beside
from serving.stores.memory import MemoryStore
from serving.types import Seen
from tests.registry.conftest import Registered
from tests.serving.words import response

pytestmark = pytest.mark.django_db(transaction=True)


def written(path: Path, *, ours: float, theirs: float, learners: int = 40, **more: str) -> Path:
    """What came is right in seven of ten; both predicted the same chance each time."""
    draw = random.Random(0)
    names = {"version": "v2", "reference": "v1"} | more
    lines = [
        msgspec.json.encode(
            Seen(**names, course="c", learner=f"{n}", probability=ours, expected=theirs, correct=draw.random() < 0.7)
        )
        for n in range(learners)
        for _ in range(10)
    ]
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


@pytest.fixture(autouse=True)
def seated(registered: Registered) -> None:
    registered("v1")
    api.promote(version="v1", by="op", reason="first")
    registered("v2")


def test_the_better_one_takes_the_place(tmp_path: Path) -> None:
    decision = api.judge(version="v2", seen=[written(tmp_path / "seen", ours=0.7, theirs=0.3)], by="op")
    assert (decision.promote, decision.reason, decision.reference) == (True, gate.BETTER, "v1")
    assert (decision.figures["learners"], decision.figures["responses"]) == (40, 400)
    champion = api.champion()
    assert champion and champion.name == "v2"


def test_the_worse_one_is_refused(tmp_path: Path) -> None:
    decision = api.judge(version="v2", seen=[written(tmp_path / "seen", ours=0.3, theirs=0.7)], by="op")
    assert (decision.promote, decision.reason) == (False, gate.WORSE)


def test_lines_of_others_and_lines_that_were_cut_off_are_left_out(tmp_path: Path) -> None:
    files = [
        written(tmp_path / "a", ours=0.7, theirs=0.3),
        written(tmp_path / "b", ours=0.1, theirs=0.7, version="v3"),
        written(tmp_path / "c", ours=0.1, theirs=0.7, reference="v0"),
    ]
    files[0].write_bytes(files[0].read_bytes() + b'{"version": "v2", "refer')
    decision = api.judge(version="v2", seen=files, by="op")
    assert decision.reason == gate.BETTER
    assert decision.tables["seen"] == {"used": 400, "of others": 800, "cut off": 1}


@pytest.mark.parametrize("content", [None, b"", b"\xff\n{}\n"])
def test_nothing_to_judge_by_is_said(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "seen"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError, match="--seen"):
        call_command("metaedu_judge", "v2", str(path))
    with pytest.raises(CommandError, match="no version v9"):
        call_command("metaedu_judge", "v9", str(path))


def test_by_the_command_on_what_a_shadow_wrote(tmp_path: Path) -> None:
    """From the engine that looks on to the gate."""

    class Named(PriorModel):
        def __init__(self, name: str) -> None:
            self.name = name

    store, path = MemoryStore(), tmp_path / "seen"
    shadow = Beside(Engine(Named("v2"), store), Engine(Named("v1"), store), share=1.0, log=path)
    for learner in range(30):
        for number in range(4):
            answer = response(f"{learner}-{number}", learner=f"l{learner}", correct=number % 2 == 0)
            shadow.ask("observe", {"response": answer})
    shadow.settle()
    told = StringIO()
    call_command("metaedu_judge", "v2", str(path), "--by", "ada", stdout=told)
    assert "Not passed: no better than v1" in told.getvalue()
    assert "120 held-out responses of 30 learners" in told.getvalue()
    assert api.log()[0].by == "ada"
