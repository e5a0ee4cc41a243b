"""When a skill is to be refreshed: a learner's cards are kept, and each answer is taken in but once."""

from __future__ import annotations

from fsrs import Card

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.tutoring import cards
from metaedu_plugin.tutoring.cards import DAY, MODEL
from metaedu_plugin.tutoring.convert import to_responses
from metaedu_plugin.tutoring.models import SkillCards


def review_dates(*, course: str, learner: str, now: float, days: int = 1) -> dict[str, tuple[float, ...]]:
    """Skill -> days from now of its next review, and of those after it within `days`, each if the one before goes well.

    The first one is there however far ahead it lies; a negative one is overdue. Answers without a time count for
    nothing.
    """
    found = skill_cards(course=course, learner=learner)
    return {skill: cards.dates_of(card, now=now, until=now + days * DAY) for skill, card in found.items()}


def skill_cards(*, course: str, learner: str) -> dict[str, Card]:
    """A card for each skill of the learner, after all answers that are stored.

    Three queries where nothing is new. All answers are read only the first time, after a change of the curriculum or
    of the memory model, and where one came in that is older than those taken in already.
    """
    by = {"model": MODEL, "revision": curriculum.revision(course=course)}
    kept = SkillCards.objects.filter(learner_id=learner, course=course, **by).first()
    new = list(capture.responses(course=course, learner=learner, after=kept.row if kept else 0))
    if kept and not new:
        return cards.read(kept.cards)
    if kept and kept.newest and any(row.time and row.time < kept.newest for row in new):
        kept, new = None, list(capture.responses(course=course, learner=learner))
    if not new:
        return {}
    found = cards.cards_of(to_responses(new), known=cards.read(kept.cards) if kept else None)
    times = [row.time for row in new if row.time]
    values = {
        "cards": cards.write(found),
        "row": max(row.id for row in new),
        "newest": max(times) if times else kept and kept.newest,
        **by,
    }
    if not SkillCards.objects.filter(learner_id=learner, course=course).update(**values):
        # Two requests of the same learner may come at once: both make the same of the same answers.
        SkillCards.objects.bulk_create([SkillCards(learner_id=learner, course=course, **values)], ignore_conflicts=True)
    return found


def drop(*, course: str, learner: str | None = None) -> None:
    """Forget the cards of a learner, or of all in a course: they are made again of what is stored."""
    rows = SkillCards.objects.filter(course=course)
    (rows.filter(learner_id=learner) if learner else rows).delete()
