"""Answers as a form would send them: a right one, or one that is really wrong."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from deploy.demo.content import Part
from deploy.demo.numbers import parse

SHARED_ERROR = 0.9
"""Chance that who does not know makes the mistake that its author made in a wrong key."""


def right(part: Part, random: Random) -> list[str]:
    """The true answer, which is not the key's where the key is wrong."""
    answer = part.true_answer or part.answer
    if not part.options:
        return [answer[0]]
    return [f"choice_{n}" for n, option in enumerate(part.options) if option in answer]


def wrong(part: Part, random: Random) -> list[str]:
    """An answer that the learner takes for right and that is not the true one."""
    return WRONG[part.kind](part, random)


def _one_option(part: Part, random: Random) -> list[str]:
    if part.true_answer and random.random() < SHARED_ERROR:
        return [f"choice_{part.options.index(part.answer[0])}"]
    answer = part.true_answer or part.answer
    others = [n for n, option in enumerate(part.options) if option not in answer]
    # Of several wrong options one is usually the tempting one.
    weights = [2.5 if place == 0 else 1.0 for place, _ in enumerate(others)]
    return [f"choice_{random.choices(others, weights)[0]}"]


def _some_options(part: Part, random: Random) -> list[str]:
    chosen = {n for n, option in enumerate(part.options) if option in part.answer}
    for n in random.sample(range(len(part.options)), random.choice([1, 1, 2])):
        chosen ^= {n}
    return [f"choice_{n}" for n in sorted(chosen)] or [f"choice_{random.randrange(len(part.options))}"]


def _number(part: Part, random: Random) -> list[str]:
    if part.common_errors and random.random() < 0.8:
        return [random.choice(part.common_errors)]
    key = parse(part.answer[0])
    return [str(key + random.choice([1, 2, 10]))]


WRONG: dict[str, Callable[[Part, Random], list[str]]] = {
    "choice": _one_option,
    "dropdown": _one_option,
    "checkboxes": _some_options,
    "numeric": _number,
}
