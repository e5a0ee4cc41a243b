"""What is said about an attempt, put together from the model's feedback on each part."""

from __future__ import annotations

from typing import Final, TypedDict

from django.utils.translation import gettext, ngettext

from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.tutoring import course_order, dismissed, progress, sentences
from metaedu_plugin.tutoring.actions import NextAnswer, items_of, next_answer
from metaedu_plugin.tutoring.catalogue import Catalogue, Link
from metaedu_plugin.tutoring.kept import Kept
from metaedu_plugin.tutoring.lately import FEW, Lately
from metaedu_plugin.tutoring.progress import Reached
from metaedu_plugin.tutoring.standing import Range, Standing, mastery_range, standing
from serving.types import Feedback, Mastery, Response

READY: Final = "ready"
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


class FeedbackAnswer(TypedDict):
    """All that is said about an attempt."""

    status: str
    problem: str
    attempt: str
    correct: bool
    headline: str
    hint: str
    help: list[Link]
    sentence: str
    later: str
    skills: list[SkillChange]
    parts: list[Part]
    next: NextAnswer
    model: str
    source: str
    source_note: str


def answer(found: list[Kept], *, course: str, learner: str, problem: str, attempt: str) -> FeedbackAnswer:
    """The answer about parts that all have their feedback, at least one, in the order in which they were observed."""
    said = [(each.item, each.feedback) for each in found if each.feedback]
    # The parts were observed in order: the last one's choice knows all of them.
    newest = said[-1][1]
    in_order = course_order.next_for(course=course, learner=learner)
    choice = in_order or dismissed.instead(newest.next, course=course, learner=learner)
    catalogue = Catalogue(course, items_of(choice))
    right = sum(each.correct for _, each in said)
    following = next_answer(choice, catalogue=catalogue)
    reading = _help(said, following, catalogue=catalogue)
    after = {mastery.skill: mastery for _, each in said for mastery in each.after}
    mastered = curriculum.policy(course=course).mastered
    held = progress.hold(after.values(), course=course, learner=learner, mastered=mastered)
    # Where something went wrong, that is what there is to talk about.
    telling = next((each for _, each in said if not each.correct), newest)
    lately = Lately(course=course, learner=learner)
    hint = lately.hint([item for item, each in said if not each.correct])
    return FeedbackAnswer(
        status=READY,
        problem=problem,
        attempt=attempt,
        correct=right == len(said),
        headline=_headline(right, len(said), helped=bool(hint or reading or following["action"])),
        hint=hint,
        help=reading,
        sentence=_sentence(telling, after, catalogue=catalogue, lately=lately),
        later=_later(said, after, catalogue=catalogue, lately=lately),
        skills=_changes([each for _, each in said], after, held, catalogue=catalogue),
        parts=[_part(item, each, catalogue=catalogue, lately=lately) for item, each in said],
        next=following,
        model=newest.model,
        source=newest.source,
        source_note=sentences.source(newest.source),
    )


def verdict(each: Feedback, *, catalogue: Catalogue, seen: list[Response]) -> tuple[str, str]:
    """Headline and sentence on one response of somebody of whom nothing is kept; `seen` is all that they answered."""
    lately = Lately(course=catalogue.course, learner="")
    lately.responses = seen
    after = {mastery.skill: mastery for mastery in each.after}
    sentence = _sentence(each, after, catalogue=catalogue, lately=lately)
    return _headline(int(each.correct), 1, helped=each.next.action is not None), sentence


def _headline(right: int, parts: int, *, helped: bool) -> str:
    """After a wrong answer, help comes before any verdict."""
    if right == parts:
        return gettext("Right!")
    offer = gettext("Here is what helps.") if helped else ""
    if right:
        verdict = ngettext("%(right)s of %(parts)s part right.", "%(right)s of %(parts)s parts right.", parts)
        return f"{verdict % {'right': right, 'parts': parts}} {offer}".strip()
    verdict = gettext("Not right yet, and that is how learning goes.")
    return f"{verdict} {offer}".strip()


def _help(said: list[tuple[str, Feedback]], following: NextAnswer, *, catalogue: Catalogue) -> list[Link]:
    """Reading on the skills of what went wrong, but not a second time what the next action is already."""
    wrong = [mastery.skill for _, each in said if not each.correct for mastery in each.after]
    offered = following["action"]["link"] if following["action"] else None
    pages = {page["url"]: page for page in catalogue.reading(wrong)}
    return [page for url, page in pages.items() if not offered or url != offered["url"]][:MOST_HELP]


def _part(item: str, each: Feedback, *, catalogue: Catalogue, lately: Lately) -> Part:
    after = {mastery.skill: mastery for mastery in each.after}
    return Part(
        item=item,
        correct=each.correct,
        reason=each.reason,
        sentence=_sentence(each, after, catalogue=catalogue, lately=lately),
    )


def _changes(
    said: list[Feedback], after: dict[str, Mastery], held: dict[str, Reached], *, catalogue: Catalogue
) -> list[SkillChange]:
    """Each skill from before the first part to after the last one."""
    before: dict[str, Mastery] = {}
    for each in said:
        for mastery in each.before:
            before.setdefault(mastery.skill, mastery)
    return [
        _change(before.get(skill, mastery), mastery, held.get(skill), catalogue=catalogue)
        for skill, mastery in after.items()
    ]


def _change(before: Mastery, after: Mastery, reached: Reached | None, *, catalogue: Catalogue) -> SkillChange:
    was = mastery_range(before)
    now = standing(after, title=catalogue.skill(after.skill), reached=reached)
    text = now["text"]
    if was != now["range"]:
        text = gettext("%(now)s (before: %(low)s to %(high)s)") % {"now": text, "low": was["low"], "high": was["high"]}
    return SkillChange(before=was, after=now, text=text)


def _sentence(each: Feedback, after: dict[str, Mastery], *, catalogue: Catalogue, lately: Lately) -> str:
    """What a part says, with the figures of its one skill; several skills get the wording without them."""
    figures = _figures(after[each.after[0].skill], catalogue=catalogue, lately=lately) if len(each.after) == 1 else {}
    return sentences.say(sentences.RESPONSE, each.reason, figures)


def _later(said: list[tuple[str, Feedback]], after: dict[str, Mastery], *, catalogue: Catalogue, lately: Lately) -> str:
    """When to come back to what was just got; nothing where something went wrong."""
    if len(after) != 1 or not all(each.correct for _, each in said):
        return ""
    (mastery,) = after.values()
    return lately.come_back(mastery, title=catalogue.skill(mastery.skill))


def _figures(mastery: Mastery, *, catalogue: Catalogue, lately: Lately) -> dict[str, sentences.Figure | None]:
    # "1 of 1" says nothing, "0 of 5" nothing that helps, and a slip is one only of somebody who mostly gets it.
    counted = mastery.correct > 0 and mastery.responses > 1
    mostly = counted and mastery.correct >= MOSTLY * mastery.responses
    recent = lately.last(mastery.skill) if mastery.responses > FEW else None
    return {
        "recent": recent[0] if recent and recent[0] else None,
        "last": recent[1] if recent and recent[0] else None,
        "skill": catalogue.skill(mastery.skill),
        "correct": mastery.correct if counted else None,
        "mostly": mastery.correct if mostly else None,
        "responses": mastery.responses if counted else None,
    }
