"""What is handed to ONNX Runtime in arrays that are kept is what it would have been told in new ones."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from serving.bundle.checks import OUTPUTS, _shapes
from serving.graphs import MOST_BOUND, Graph, session
from serving.model import Floats
from serving.schema import GRAPHS, OUTCOME
from tests.serving.graphs import DIMS


def drawn(graph: str, size: int, width: int, seed: int) -> dict[str, Floats]:
    rng = np.random.default_rng(seed)
    shapes = _shapes(DIMS, size, width)
    if graph == "predict":
        shapes.pop(OUTCOME)
    return {name: rng.integers(0, 3, shape).astype(np.float32) for name, shape in shapes.items()}


@pytest.fixture(params=GRAPHS)
def graph(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def raw(graph: str, bundle_directory: Path) -> bytes:
    return (bundle_directory / GRAPHS[graph]).read_bytes()


@pytest.mark.parametrize(("size", "width"), [(1, 1), (3, 2), (1, 4), (MOST_BOUND, 1), (MOST_BOUND + 1, 1), (2, 9)])
def test_any_size_is_told_the_same_as_by_a_plain_run(graph: str, raw: bytes, size: int, width: int) -> None:
    plain, kept = session(raw), Graph(session(raw), OUTPUTS[graph])
    for seed in range(4):
        feed = drawn(graph, size, width, seed)
        for mine, theirs in zip(kept.run(feed), plain.run(OUTPUTS[graph], feed), strict=True):
            assert mine.tolist() == theirs.tolist()


def test_an_answer_stays_as_it_was_when_the_next_is_asked_for(graph: str, raw: bytes) -> None:
    kept = Graph(session(raw), OUTPUTS[graph])
    answers = [kept.run(drawn(graph, 2, 1, seed)) for seed in range(3)]
    before = [[array.tolist() for array in answer] for answer in answers]
    kept.run(drawn(graph, 2, 1, 9))
    assert [[array.tolist() for array in answer] for answer in answers] == before


def test_threads_do_not_meet_in_the_arrays(graph: str, raw: bytes) -> None:
    plain, kept = session(raw), Graph(session(raw), OUTPUTS[graph])
    expected = [[a.tolist() for a in plain.run(OUTPUTS[graph], drawn(graph, 1, 1, seed))] for seed in range(20)]

    def ask(number: int) -> bool:
        seed = number % 20
        return [a.tolist() for a in kept.run(drawn(graph, 1, 1, seed))] == expected[seed]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(800)))


def test_inputs_in_any_memory_order_are_read_right(graph: str, raw: bytes) -> None:
    plain, kept = session(raw), Graph(session(raw), OUTPUTS[graph])
    feed = drawn(graph, 3, 2, 1)
    turned = {name: np.asfortranarray(array) for name, array in feed.items()}
    for _ in range(2):
        told = kept.run(turned)
        assert [a.tolist() for a in told] == [a.tolist() for a in plain.run(OUTPUTS[graph], feed)]
