"""`metaedu_train` on what there is not enough of, and where it cannot work."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

from metaedu_plugin.registry import api as registry
from serving import bundle
from serving.schema import GRAPHS
from tests.faults.conftest import Manage
from tests.registry.bundles import make
from tests.training.courses import rasch, sequence, store

QUICK = (
    *("--epochs", "1", "--batches", "2", "--simulated", "0", "--simulated-unseen", "0"),
    *("--attempts", "1", "--no-specialise"),
)


def alike(key: str, outcome: int) -> Any:
    course = rasch(learners=30, key=key)
    same = [sequence(s.learner, list(s.item), [outcome] * len(s)) for s in course.sequences]
    return type(course)(key, course.items, course.skills, course.item_skills, same)


def nothing() -> None: ...


def one_learner() -> None:
    store(rasch(learners=1))


def all_right() -> None:
    store(alike("easy", 1))


def all_wrong() -> None:
    store(alike("hard", 0))


REFUSED: dict[Callable[[], None], tuple[tuple[str, ...], str]] = {
    nothing: ((), "There are no responses yet. .*metaedu_import FILE"),
    one_learner: ((), "rasch was left out: it has one learner only.*two learners at least"),
    all_right: ((), "easy was left out: .* are right.*Check how it is graded"),
    all_wrong: ((), "hard was left out: .* are wrong.*Check how it is graded"),
}


@pytest.mark.parametrize("fill", REFUSED)
def test_too_little_is_refused_in_one_line_and_nothing_is_registered(
    fill: Callable[[], None], manage: Manage, data_dir: Path
) -> None:
    fill()
    options, message = REFUSED[fill]
    line = manage("metaedu_train", *QUICK, *options).refusal()
    assert re.search(message, line), line
    (run,) = registry.runs()
    assert run.state == "failed"
    assert run.message in line
    assert registry.versions() == []
    assert not list(data_dir.glob("models/*"))


def test_a_course_without_responses_is_refused_with_those_that_have_some(manage: Manage) -> None:
    store(rasch(learners=10))
    for option in ("--course", "--unseen"):
        line = manage("metaedu_train", *QUICK, option, "silent").refusal()
        assert "no responses in silent. There are in: rasch." in line


@pytest.fixture
def exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Graphs of hand take the place of the network's, whose export takes ten seconds."""
    from metaedu_plugin.training import pipeline
    from metaedu_plugin.training.export import Exported

    made = bundle.load(make(tmp_path, "by-hand"))
    cases = json.loads((made.directory / "golden.json").read_text())
    golden = {
        graph: {side: {name: np.array(value, np.float32) for name, value in case[side].items()} for side in case}
        for graph, case in cases.items()
    }
    graphs = {graph: (made.directory / path).read_bytes() for graph, path in GRAPHS.items()}
    given = Exported(graphs=graphs, dims=made.dims._asdict(), golden=golden, weights=b"")
    monkeypatch.setattr(pipeline, "export", lambda tracer: given)


@pytest.mark.usefixtures("exported")
def test_courses_that_teach_nothing_are_left_out_and_the_outcome_says_so(manage: Manage) -> None:
    store(rasch(learners=30))
    store(rasch(learners=1, key="lonely"))
    store(alike("easy", 1))
    told = manage("metaedu_train", *QUICK)
    assert told.code == 0, told
    assert "lonely was left out: it has one learner only" in told.out
    assert "easy was left out: all responses of its training learners are right" in told.out
    (version,) = registry.versions()
    assert version.metrics["data"]["courses"] == ["rasch"]
    assert len(version.metrics["data"]["warnings"]) == 2
    assert "\r" not in told.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--epochs", "0"), "epochs must be at least 1"),
        (("--resume", "99"), "There is no training run 99"),
    ],
)
def test_options_that_cannot_be(manage: Manage, arguments: tuple[str, ...], message: str) -> None:
    assert message in manage("metaedu_train", *arguments).refusal()
    assert registry.versions() == []
