"""A plan's days as the page shows them: steps that serve the same purpose stand together, with the reason once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final, TypedDict

from metaedu_plugin.tutoring import sentences
from metaedu_plugin.tutoring.guidance import Day, Step, minutes_of

REVIEW: Final = "review"


class Purpose(TypedDict):
    """Steps of a day that are there for the same reason."""

    label: str
    sentence: str
    minutes: int
    steps: list[Step]


class ShownDay(TypedDict):
    """A day with its purposes, in the plan's order."""

    label: str
    minutes: int
    purposes: list[Purpose]


def shown_days(days: Sequence[Day]) -> list[ShownDay]:
    """The same days, grouped."""
    return [ShownDay(label=day["label"], minutes=day["minutes"], purposes=_purposes(day["steps"])) for day in days]


def _purposes(steps: list[Step]) -> list[Purpose]:
    return [_purpose(list(group)) for _, group in groupby(steps, key=_key)]


def _key(step: Step) -> tuple[str, str, str | None]:
    """Refreshing is one thing, whatever it refreshes; practice is about one skill."""
    return step["kind"], step["reason"], None if step["kind"] == REVIEW else step["skill"]


def _purpose(steps: list[Step]) -> Purpose:
    first = steps[0]
    same = all(step["sentence"] == first["sentence"] for step in steps)
    return Purpose(
        label=first["label"],
        sentence=first["sentence"] if same else sentences.say(sentences.STEP, first["reason"]),
        minutes=minutes_of(steps),
        steps=steps,
    )
