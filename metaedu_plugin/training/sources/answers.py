"""Statements of a learner in a course to the rows of the dataset: the same that capture makes of the same events.

What statements do not tell is said in docs/events.md: resets and rescores, which of several parts was partly right,
and the original of a problem that was copied from a library.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import count, groupby
from typing import Final, NamedTuple

from metaedu_plugin.training.sources.base import Row
from metaedu_plugin.training.sources.statements import ASKED, EVALUATED

ONLY_PART: Final = "2_1"
"""The one input of a problem with one input: the platform counts responses from 2, and inputs from 1."""
BREAK: Final = 1800 * 1_000_000
"""Microseconds after which the time since the last step tells nothing, as in capture."""
_PART: Final = re.compile(r"_(\d+_\d+)$")


class Told(NamedTuple):
    """A statement, as `statements.answers` selects it."""

    course: str
    actor: str
    moment: int
    """Microseconds since the epoch."""
    statement: str
    verb: str
    object: str
    parent: str
    """The problem that this is a part of; empty for none."""
    success: bool | None
    scaled: float | None
    most: float | None
    attempt: int | None


Person = Callable[[str, str], str | None]
"""Actor and course to the pseudonym; None for somebody whose answers are not to be used."""


def rows(statements: Iterable[Told], *, person: Person) -> Iterator[Row]:
    """Rows in the order of the statements, which come by course, actor and moment."""
    numbers = count(1)
    for (course, actor), some in groupby(statements, key=lambda told: (told.course, told.actor)):
        learner = person(actor, course) if course and actor else None
        if learner is None:
            continue
        for answer in _answers(sorted(_once(some), key=_place)):
            yield (next(numbers), course, learner, *answer)


def _once(statements: Iterable[Told]) -> list[Told]:
    """The same statement is stored twice until ClickHouse merges its parts; here the two are neighbours."""
    return [next(same) for _, same in groupby(statements, key=lambda told: told.statement)]


def _place(told: Told) -> tuple[int, list[int]]:
    """Parts of one attempt share its moment; they come in the order of the problem."""
    return told.moment, [int(number) for number in _parts(told)[1].split("_") if number.isdecimal()]


Answer = tuple[str, bool, float, int, int, float | None, int | None]


def _answers(statements: list[Told]) -> Iterator[Answer]:
    """What a learner answered in a course."""
    steps = [told.moment for told in statements]
    helped: dict[str, list[int]] = defaultdict(list)
    for told in statements:
        if told.verb == ASKED:
            helped[_problem(told.object)].append(told.moment)
    tried: dict[str, int] = defaultdict(int)
    # Of a problem of several parts there is a statement as a whole, too. Its type would tell, but is lost on some ways.
    wholes = {(told.parent, told.moment) for told in statements if told.parent}
    for told in statements:
        if told.verb != EVALUATED or told.success is None or (told.object, told.moment) in wholes:
            continue
        problem, part = _parts(told)
        item = f"{problem}#{part}"
        tried[item] += 1
        correct = told.success and _is_full(told)
        yield (
            item,
            correct,
            1.0 if correct else _score(told),
            told.attempt or tried[item],
            bisect_left(helped[problem], told.moment),
            _since(steps, told.moment),
            told.moment,
        )


def _is_full(told: Told) -> bool:
    """Whether nothing speaks against all points: a success may be a partial one, and a part has no points."""
    return told.scaled is None or not told.most or told.scaled >= 1


def _score(told: Told) -> float:
    if told.scaled is None or not told.most:
        return float(bool(told.success))
    return min(1.0, max(0.0, told.scaled))


def _since(steps: list[int], moment: int) -> float | None:
    """Seconds since the learner's step before, of whatever kind."""
    at = bisect_left(steps, moment)
    gap = moment - steps[at - 1] if at else BREAK
    return gap / 1_000_000 if gap < BREAK else None


def _parts(told: Told) -> tuple[str, str]:
    """Problem and input, as capture names them."""
    block = _problem(told.object)
    if not told.parent:
        return block, ONLY_PART
    problem = _problem(told.parent)
    if block.startswith(f"{problem}_"):
        return problem, block[len(problem) + 1 :]
    found = _PART.search(block)
    return problem, found[1] if found else block.rpartition("@")[2]


def _problem(address: str) -> str:
    """Usage key of the problem in the address of an object: the problem's own, its answer's or a hint's."""
    block = address.partition("/xblock/")[2] or address
    return block.removesuffix("/answer").partition("/hint/")[0]
