"""A map can be read: what builds on something lies below it, nothing overlaps, no line runs behind a box."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaedu_plugin.tutoring.layers import Drawing, draw, layers, wrapped

CHAIN = {"b": ("a",), "c": ("b", "a"), "d": ("a",)}


def test_each_skill_lies_below_what_it_builds_on() -> None:
    assert layers(["d", "c", "b", "a"], CHAIN) == [["a"], ["d", "b"], ["c"]]


def test_a_circle_and_strangers_are_no_obstacle() -> None:
    found = layers(["a", "b"], {"a": ("b",), "b": ("a", "nowhere")})
    assert sorted(key for layer in found for key in layer) == ["a", "b"]


def test_without_prerequisites_the_skills_keep_their_order() -> None:
    assert layers(["z", "m", "a"], {}) == [["z", "m", "a"]]
    assert draw([], {}, columns=4, width=220).boxes == []


GRAPHS = st.integers(1, 25).flatmap(
    lambda size: st.tuples(
        st.just([str(number) for number in range(size)]),
        st.dictionaries(
            st.integers(0, size - 1).map(str), st.lists(st.integers(0, size - 1).map(str), max_size=4, unique=True)
        ),
    )
)


@given(graph=GRAPHS, columns=st.sampled_from([1, 4]))
def test_nothing_overlaps_and_no_line_runs_behind_a_box(
    graph: tuple[list[str], dict[str, list[str]]], columns: int
) -> None:
    drawing = draw(*graph, columns=columns, width=220)
    assert sorted(box.key for box in drawing.boxes) == sorted(graph[0])
    for box in drawing.boxes:
        assert box.x >= 0 and box.x + box.width <= drawing.width
        assert box.y >= 0 and box.y + box.height <= drawing.height
    for number, one in enumerate(drawing.boxes):
        for other in drawing.boxes[number + 1 :]:
            assert one.y != other.y or abs(one.x - other.x) > one.width
    for line in drawing.lines:
        _is_clear(line, drawing)


def _is_clear(line: str, drawing: Drawing) -> None:
    start, *rest = re.findall(r"[MVH][\d ]+", line)
    x, y = map(int, start[1:].split())
    points = [(x, y)]
    for step in rest:
        x, y = (int(step[1:]), y) if step[0] == "H" else (x, int(step[1:]))
        points.append((x, y))
    for (x1, y1), (x2, y2) in pairwise(points):
        for box in drawing.boxes:
            across = min(x1, x2) < box.x + box.width and max(x1, x2) > box.x
            down = min(y1, y2) < box.y + box.height and max(y1, y2) > box.y
            assert not (across and down), f"{line} runs behind {box}"


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("Adding fractions", ["Adding fractions"]),
        ("Adding fractions with unlike denominators", ["Adding fractions with", "unlike denominators"]),
        ("a" * 60, ["a" * 24, "a" * 23 + "…"]),
        ("分数的加法与减法以及它们的应用题", ["分数的加法与减法以及它们", "的应用题"]),
        ("", []),
    ],
)
def test_titles_fit_their_box(title: str, lines: list[str]) -> None:
    assert wrapped(title) == lines
