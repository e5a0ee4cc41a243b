"""Feedback on the learner's last attempt at a problem, as a person reads it."""

from __future__ import annotations

from typing import Final, TypedDict

from django.utils.translation import gettext, ngettext

from metaedu_plugin.capture import api as capture
from metaedu_plugin.tutoring import sentences
from metaedu_plugin.tutoring.actions import NextAnswer, items_of, next_answer
from metaedu_plugin.tutoring.attempts import InHand, last_attempt
from metaedu_plugin.tutoring.catalogue import Catalogue, Link
from metaedu_plugin.tutoring.kept import Kept
from metaedu_plugin.tutoring.standing import Range, Standing, mastery_range, standing
from serving.types import Feedback, Mastery

NOTHING: Final = "none"
"""What a page sends as `since` that has seen no attempt yet."""
WAITING, NOTHING_YET, READY = "waiting", "nothing_yet", "ready"
MOST_HELP: Final = 2
"""Reading offered beside the next action: more is a list to choose from, not help."""
MOSTLY: Final = 0.6


class SkillChange(TypedDict):
    """A skill before and after the response."""

    before: Range
    after: Standing
    text: str


class Part(TypedDict):
    """One part of the problem."""

    item: str
    correct: bool
    reason: str
    sentence: str
    skills: list[SkillChange]


class FeedbackAnswer(TypedDict):
    """All that is said about an attempt."""

    status: str
    problem: str
    attempt: str
    correct: bool
    headline: str
    help: list[Link]
    parts: list[Part]
    next: NextAnswer
    model: str
    source: str
    source_note: str


def labels() -> dict[str, str]:
    """The few words that the page needs beside the answer, in the reader's language."""
    return {
        "busy": gettext("Looking at your answer …"),
        "next": gettext("Next"),
        "minutes": gettext("min"),
        "plan": gettext("My plan"),
    }


def feedback(*, course: str, learner: str, problem: str, since: str = "") -> FeedbackAnswer | str:
    """What the last attempt says, or why there is nothing to say: `waiting` or `nothing_yet`.

    `since` is the attempt that the page knows already (`none` for none at all): with it, an older attempt
    is not taken for the one that the learner just made.
    """
    capture.drain()
    try:
        found = last_attempt(course=course, learner=learner, problem=problem)
    except InHand:
        return WAITING
    attempt = max((each.response for each in found), default=NOTHING)
    if since == attempt:
        return WAITING
    if not found:
        return NOTHING_YET
    return _answer(found, course=course, problem=problem, attempt=attempt)


def _answer(found: list[Kept], *, course: str, problem: str, attempt: str) -> FeedbackAnswer:
    said = [(each.item, each.feedback) for each in found if each.feedback]
    # The parts were observed in order: the last one's choice knows all of them.
    newest = said[-1][1]
    catalogue = Catalogue(course, items_of(newest.next))
    right = sum(each.correct for _, each in said)
    following = next_answer(newest.next, catalogue=catalogue)
    reading = _help(said, following, catalogue=catalogue)
    return FeedbackAnswer(
        status=READY,
        problem=problem,
        attempt=attempt,
        correct=right == len(said),
        headline=_headline(right, len(said), helped=bool(reading or following["action"])),
        help=reading,
        parts=[_part(item, each, catalogue=catalogue) for item, each in said],
        next=following,
        model=newest.model,
        source=newest.source,
        source_note=sentences.source(newest.source),
    )


def _headline(right: int, parts: int, *, helped: bool) -> str:
    """After a wrong answer, help comes before any verdict."""
    if right == parts:
        return gettext("Right!")
    offer = gettext("Here is what helps.") if helped else ""
    if right:
        verdict = ngettext("%(right)s of %(parts)s part right.", "%(right)s of %(parts)s parts right.", parts)
        return f"{verdict % {'right': right, 'parts': parts}} {offer}".strip()
    return f"{gettext('Not right yet, and that is how learning goes.')} {offer}".strip()


def _help(said: list[tuple[str, Feedback]], following: NextAnswer, *, catalogue: Catalogue) -> list[Link]:
    """Reading on the skills of what went wrong, but not a second time what the next action is already."""
    wrong = [mastery.skill for _, each in said if not each.correct for mastery in each.after]
    offered = following["action"]["link"] if following["action"] else None
    pages = {page["url"]: page for page in catalogue.reading(wrong)}
    return [page for url, page in pages.items() if not offered or url != offered["url"]][:MOST_HELP]


def _part(item: str, each: Feedback, *, catalogue: Catalogue) -> Part:
    before = {mastery.skill: mastery for mastery in each.before}
    return Part(
        item=item,
        correct=each.correct,
        reason=each.reason,
        sentence=sentences.say(sentences.RESPONSE, each.reason, _figures(each.after, catalogue=catalogue)),
        skills=[_change(before.get(after.skill, after), after, catalogue=catalogue) for after in each.after],
    )


def _change(before: Mastery, after: Mastery, *, catalogue: Catalogue) -> SkillChange:
    was, now = mastery_range(before), standing(after, title=catalogue.skill(after.skill))
    text = now["text"]
    if was != now["range"]:
        text = gettext("%(now)s (before: %(low)s to %(high)s)") % {"now": text, "low": was["low"], "high": was["high"]}
    return SkillChange(before=was, after=now, text=text)


def _figures(after: tuple[Mastery, ...], *, catalogue: Catalogue) -> dict[str, sentences.Figure | None]:
    """Figures of the one skill; an item of several skills gets the wording without them."""
    if len(after) != 1:
        return {}
    (mastery,) = after
    # "1 of 1" says nothing, "0 of 5" nothing that helps, and a slip is one only of somebody who mostly gets it.
    counted = mastery.correct > 0 and mastery.responses > 1
    mostly = counted and mastery.correct >= MOSTLY * mastery.responses
    return {
        "skill": catalogue.skill(mastery.skill),
        "correct": mastery.correct if counted else None,
        "mostly": mastery.correct if mostly else None,
        "responses": mastery.responses if counted else None,
    }
