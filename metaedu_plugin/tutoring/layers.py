"""Where the boxes and lines of a map go: layers from top to bottom, each skill below those that it builds on.

Lines run in the gaps between rows and in the gutter beside them, never behind a box: each can be followed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

HEIGHT: Final = 84
ACROSS: Final = 28
"""Between two boxes of a row."""
DOWN: Final = 48
"""Between two rows: room for the lines."""
LANES: Final = 6
LANE: Final = 6
EDGE: Final = 4
"""Kept free around the whole, for outlines."""
PER_LINE: Final = 24
"""Latin letters in a line of a box; letters that are twice as wide count twice."""
LINES: Final = 2
ARROW: Final = 5


@dataclass(frozen=True)
class Box:
    """A skill's place, in the drawing's own units."""

    key: str
    x: int
    y: int
    width: int
    height: int = HEIGHT

    @property
    def middle(self) -> int:
        """Of its width."""
        return self.x + self.width // 2


@dataclass(frozen=True)
class Drawing:
    """Boxes and the paths of the lines between them."""

    width: int
    height: int
    boxes: list[Box]
    lines: list[str]


def layers(keys: Sequence[str], before: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """The keys by how far down they belong; in a layer, below what they build on, else in their own order.

    A circle is cut where it is met. What `before` names beyond the keys counts for nothing.
    """
    known = set(keys)
    depth: dict[str, int] = {}
    for start in keys:
        path, entered = [start], set()
        while path:
            key = path[-1]
            ahead = [each for each in before.get(key, ()) if each in known]
            waiting = [each for each in ahead if each not in depth and each not in entered]
            entered.add(key)
            if waiting:
                path.extend(waiting)
            else:
                path.pop()
                depth.setdefault(key, 1 + max((depth[each] for each in ahead if each in depth), default=-1))
    found: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for key in keys:
        found[depth[key]].append(key)
    place: dict[str, float] = {}
    for layer in found:
        above = {key: [place[each] for each in before.get(key, ()) if each in place] for key in layer}
        if any(above.values()):
            layer.sort(key=lambda key: sum(above[key]) / len(above[key]) if above[key] else len(layer))
        place |= {key: float(number) for number, key in enumerate(layer)}
    return found


def draw(keys: Sequence[str], before: Mapping[str, Sequence[str]], *, columns: int, width: int) -> Drawing:
    """The drawing with at most so many boxes, each so wide, beside each other."""
    rows = [layer[start : start + columns] for layer in layers(keys, before) for start in range(0, len(layer), columns)]
    row_of = {key: number for number, row in enumerate(rows) for key in row}
    edges = [(each, key) for key in keys for each in before.get(key, ()) if row_of.get(each, len(rows)) < row_of[key]]
    # One lane for all that builds on the same skill: a line that branches is read more easily than a bundle.
    lanes = {each: number % LANES for number, each in enumerate(dict.fromkeys(each for each, _ in edges))}
    gutter = LANES * LANE + EDGE if any(row_of[key] - row_of[each] > 1 for each, key in edges) else 0
    widest = max((len(row) for row in rows), default=0)
    boxes: dict[str, Box] = {}
    for number, row in enumerate(rows):
        indent = (widest - len(row)) * (width + ACROSS) // 2
        for place, key in enumerate(row):
            x = EDGE + gutter + indent + place * (width + ACROSS)
            boxes[key] = Box(key=key, x=x, y=EDGE + number * (HEIGHT + DOWN), width=width)
    return Drawing(
        width=2 * EDGE + gutter + max(0, widest * (width + ACROSS) - ACROSS),
        height=2 * EDGE + max(0, len(rows) * (HEIGHT + DOWN) - DOWN),
        boxes=list(boxes.values()),
        lines=[
            _line(boxes[each], boxes[key], lane=lanes[each], near=row_of[key] - row_of[each] == 1)
            for each, key in edges
        ],
    )


def _line(above: Box, below: Box, *, lane: int, near: bool) -> str:
    """From the foot of one box to the head of another, with an arrow at its end."""
    foot, head = above.y + above.height, below.y
    out = foot + DOWN // 4 + lane * DOWN // (2 * LANES)
    turn = f"V{out}" if near else f"V{out}H{EDGE + lane * LANE}V{head - DOWN // 4 - lane * DOWN // (2 * LANES)}"
    return f"M{above.middle} {foot}{turn}H{below.middle}V{head}l-{ARROW} -{ARROW}m{ARROW} {ARROW}l{ARROW} -{ARROW}"


def wrapped(title: str) -> list[str]:
    """A title in as many lines as a box has, cut with an ellipsis where it is longer."""
    lines = [""]
    for word in title.split():
        for piece in _pieces(word):
            longer = f"{lines[-1]} {piece}".strip()
            if _size(longer) <= PER_LINE:
                lines[-1] = longer
            else:
                lines.append(piece)
    lines = [line for line in lines if line]
    if len(lines) <= LINES:
        return lines
    last = lines[LINES - 1]
    while _size(last) >= PER_LINE:
        last = last[:-1]
    return [*lines[: LINES - 1], f"{last.rstrip()}…"]


def _pieces(word: str) -> list[str]:
    """A word that fits into a line, or what it has to be broken into."""
    pieces = [""]
    for letter in word:
        if _size(pieces[-1] + letter) > PER_LINE:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _size(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
