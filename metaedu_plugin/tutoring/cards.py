"""A skill as a card of a memory model: FSRS, with the parameters that its authors fitted (py-fsrs).

Of each day its first answer counts as the review: it tells what was kept since the day before, while those after it lie
in short-term memory. Right at the first try without help is Good, right otherwise Hard, wrong Again.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Final

from django.utils import timezone
from fsrs import Card, Rating, Scheduler, State

from serving.types import Response

DAY: Final = 86400.0
MODEL: Final = f"fsrs-{version('fsrs')}"
# Without learning steps: those are minutes for flash cards, and a day is the shortest that a plan knows.
_SCHEDULER: Final = Scheduler(learning_steps=(), relearning_steps=(), maximum_interval=365, enable_fuzzing=False)

Written = dict[str, list[float]]
"""Skill -> stability in days, difficulty, and when it was reviewed last and is due, in epoch seconds."""


def cards_of(responses: Iterable[Response], *, known: Mapping[str, Card] | None = None) -> dict[str, Card]:
    """A card for each skill after these responses, which come in the order of their times and after those `known`."""
    cards = dict(known or {})
    for response in responses:
        if response.time < 0:
            continue
        moment = datetime.datetime.fromtimestamp(response.time, datetime.UTC)
        for skill in response.skills:
            card = cards.get(skill) or Card(card_id=0, due=moment)
            if card.last_review is None or _day(card.last_review) != _day(moment):
                cards[skill], _ = _SCHEDULER.review_card(card, rating_of(response), moment)
    return cards


def rating_of(response: Response) -> Rating:
    """How well something was remembered."""
    if not response.correct:
        return Rating.Again
    return Rating.Good if response.attempt <= 1 and response.hints <= 0 else Rating.Hard


def dates_of(card: Card, *, now: float, until: float) -> tuple[float, ...]:
    """Days from now of the next review, and of those after it before `until`, each if the one before goes well.

    The first one is there however far ahead it lies; a negative one is overdue.
    """
    dates = [(card.due.timestamp() - now) / DAY]
    moment = max(card.due, datetime.datetime.fromtimestamp(now, datetime.UTC))
    while moment.timestamp() < until:
        card, _ = _SCHEDULER.review_card(card, Rating.Good, moment)
        moment = card.due
        if moment.timestamp() < until:
            dates.append((moment.timestamp() - now) / DAY)
    return tuple(dates)


def write(cards: Mapping[str, Card]) -> Written:
    """Cards as numbers; all of them are in review, since there are no steps before it."""
    return {
        skill: [card.stability or 0.0, card.difficulty or 0.0, card.last_review.timestamp(), card.due.timestamp()]
        for skill, card in cards.items()
        if card.last_review
    }


def read(written: Written) -> dict[str, Card]:
    """The cards that were written."""
    return {skill: _card(*numbers) for skill, numbers in written.items()}


def _card(stability: float, difficulty: float, reviewed: float, due: float) -> Card:
    at, then = (datetime.datetime.fromtimestamp(each, datetime.UTC) for each in (reviewed, due))
    return Card(card_id=0, state=State.Review, stability=stability, difficulty=difficulty, last_review=at, due=then)


def _day(moment: datetime.datetime) -> datetime.date:
    # The platform's own days, whichever zone the request that happens to ask is in.
    return timezone.localtime(moment, timezone.get_default_timezone()).date()
