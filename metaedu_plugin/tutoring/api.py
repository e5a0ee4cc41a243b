"""What learners are told, for those who try out what would be told: nothing here keeps anything."""

from __future__ import annotations

from collections.abc import Sequence

from metaedu_plugin.tutoring import cards
from metaedu_plugin.tutoring.actions import NextAnswer, next_answer
from metaedu_plugin.tutoring.answer import verdict
from metaedu_plugin.tutoring.catalogue import Catalogue
from metaedu_plugin.tutoring.convert import to_responses
from metaedu_plugin.tutoring.dismissed import left_for
from metaedu_plugin.tutoring.guidance import Day, plan_answer
from metaedu_plugin.tutoring.others import FEWEST as FEWEST_OTHERS
from metaedu_plugin.tutoring.standing import Standing, standing
from serving.types import Next, Plan, Response

__all__ = [
    "FEWEST_OTHERS",
    "Catalogue",
    "Day",
    "NextAnswer",
    "Standing",
    "catalogue_of",
    "left_for",
    "next_answer",
    "plan_answer",
    "reviews",
    "standing",
    "to_responses",
    "verdict",
]


def catalogue_of(course: str, told: Sequence[Next | Plan]) -> Catalogue:
    """Titles and links of all that is told, read at once."""
    items: list[str | None] = []
    for each in told:
        if isinstance(each, Plan):
            items += [step.item for step in each.steps]
        elif each.action:
            items.append(each.action.item)
    return Catalogue(course, items)


def reviews(seen: Sequence[Response], *, now: float, days: int) -> dict[str, tuple[float, ...]]:
    """`Policy.reviews` for `days` from `now` (epoch seconds), after these answers in the order of their times."""
    until = now + days * cards.DAY
    return {skill: cards.dates_of(card, now=now, until=until) for skill, card in cards.cards_of(seen).items()}
