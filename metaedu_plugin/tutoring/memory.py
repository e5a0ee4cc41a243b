"""When a skill is to be refreshed, by a memory model: FSRS, with the parameters that its authors fitted (py-fsrs).

A skill is a card. Of each day its first answer counts as the review: it tells what was kept since the day before, while
those after it lie in short-term memory. Right at the first try without help is Good, right otherwise Hard, wrong Again.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Final

from django.utils import timezone
from fsrs import Card, Rating, Scheduler

from metaedu_plugin.capture import api as capture
from metaedu_plugin.tutoring.convert import to_responses
from serving.types import Response

DAY: Final = 86400.0
# Without learning steps: those are minutes for flash cards, and a day is the shortest that a plan knows.
_SCHEDULER: Final = Scheduler(learning_steps=(), relearning_steps=(), maximum_interval=365, enable_fuzzing=False)


def review_dates(*, course: str, learner: str, now: float, days: int = 1) -> dict[str, tuple[float, ...]]:
    """Skill -> days from now of its next review, and of those after it within `days`, each if the one before goes well.

    The first one is there however far ahead it lies; a negative one is overdue. Answers without a time count for
    nothing.
    """
    cards = cards_of(to_responses(capture.responses(course=course, learner=learner)))
    return {skill: _ahead(card, now=now, until=now + days * DAY) for skill, card in cards.items()}


def cards_of(responses: Iterable[Response]) -> dict[str, Card]:
    """A card for each skill after these responses, which come in the order of their times."""
    cards: dict[str, Card] = {}
    seen: set[tuple[str, datetime.date]] = set()
    for response in responses:
        if response.time < 0:
            continue
        moment = datetime.datetime.fromtimestamp(response.time, datetime.UTC)
        day = timezone.localtime(moment).date()
        for skill in response.skills:
            if (skill, day) not in seen:
                seen.add((skill, day))
                card = cards.get(skill) or Card(card_id=0, due=moment)
                cards[skill], _ = _SCHEDULER.review_card(card, rating_of(response), moment)
    return cards


def rating_of(response: Response) -> Rating:
    """How well something was remembered."""
    if not response.correct:
        return Rating.Again
    return Rating.Good if response.attempt <= 1 and response.hints <= 0 else Rating.Hard


def _ahead(card: Card, *, now: float, until: float) -> tuple[float, ...]:
    dates = [(card.due.timestamp() - now) / DAY]
    moment = max(card.due, datetime.datetime.fromtimestamp(now, datetime.UTC))
    while True:
        card, _ = _SCHEDULER.review_card(card, Rating.Good, moment)
        moment = card.due
        if moment.timestamp() >= until:
            return tuple(dates)
        dates.append((moment.timestamp() - now) / DAY)
