"""Mastery as a person reads it: a range out of 100, and words that do not claim more than is known."""

from __future__ import annotations

from typing import Final, TypedDict

from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from metaedu_plugin.tutoring.progress import Reached
from serving.types import Mastery

ENOUGH: Final = 3
"""Answers on a skill below which the range is called too early, however narrow the model makes it."""
GOT: Final = frozenset({"mastered", "refresh"})
"""What a learner has got, for good: it may want refreshing."""


class Range(TypedDict):
    """Out of 100 fresh questions, how many would be right."""

    mean: int
    low: int
    high: int


class Standing(TypedDict):
    """Where a learner stands on a skill."""

    skill: str
    title: str
    status: str
    """unknown (nothing seen), early (too few to say), learning, mastered, or refresh (was mastered before)."""
    label: str
    responses: int
    correct: int
    range: Range
    text: str
    sentence: str
    average: int | None
    """Of other learners, out of 100; none where the course does not show it, or too few have answered."""
    average_text: str


def range_of(*, mean: float, low: float, high: float) -> Range:
    """A probability with its interval in whole percent, wide enough to hold the mean."""
    middle, lower, upper = (round(100 * min(1.0, max(0.0, x))) for x in (mean, low, high))
    return Range(mean=middle, low=min(lower, middle), high=max(upper, middle))


def mastery_range(mastery: Mastery) -> Range:
    """The 80 % interval of a mastery."""
    return range_of(mean=mastery.mean, low=mastery.low, high=mastery.high)


def text_of(band: Range) -> str:
    """The text alternative of a bar."""
    return gettext("between %(low)s and %(high)s of 100") % {"low": band["low"], "high": band["high"]}


def status_of(mastery: Mastery) -> str:
    """The engine's status, with `early` where there is too little to tell learning from luck."""
    if mastery.status == "mastered":
        return "mastered"
    if mastery.responses == 0:
        return "unknown"
    return "early" if mastery.responses < ENOUGH else "learning"


def standing(mastery: Mastery, *, title: str, reached: Reached | None = None, average: float | None = None) -> Standing:
    """A mastery with everything that a page says about it.

    `reached` where the skill was mastered before: what was got stays got, whatever counts as mastered by now, and an
    estimate that falls below what counted then says so. `average` is other learners' mean mastery.
    """
    band = mastery_range(mastery)
    status = status_of(mastery)
    if reached and status != "mastered":
        status = "mastered" if mastery.mean >= reached.mastered else "refresh"
    labels = {
        "unknown": gettext("Not tried yet"),
        "early": gettext("Too early to say"),
        "learning": gettext("Learning"),
        "mastered": gettext("Got it"),
        "refresh": gettext("Worth refreshing"),
    }
    return Standing(
        skill=mastery.skill,
        title=title,
        status=status,
        label=labels[status],
        responses=mastery.responses,
        correct=mastery.correct,
        range=band,
        text=text_of(band),
        sentence=_fallen(mastery, reached) if reached and status == "refresh" else _sentence(mastery, band, status),
        average=None if average is None else round(100 * average),
        average_text=""
        if average is None
        else gettext("Average of others in this course: %(average)s of 100.") % {"average": round(100 * average)},
    )


def _sentence(mastery: Mastery, band: Range, status: str) -> str:
    if status == "unknown":
        return gettext("No answers yet. Your first one starts the picture.")
    counted = ngettext(
        "%(correct)s of %(responses)s answer right.", "%(correct)s of %(responses)s answers right.", mastery.responses
    ) % {"correct": mastery.correct, "responses": mastery.responses}
    if status == "early":
        return counted + " " + gettext("That is not enough to tell; a few more answers will.")
    expected = gettext("Of 100 fresh questions you would get about %(low)s to %(high)s right.") % {
        "low": band["low"],
        "high": band["high"],
    }
    return f"{counted} {expected}"


def _fallen(mastery: Mastery, reached: Reached) -> str:
    """What was got, what was seen since, and how it comes back."""
    got = gettext("You had got the hang of this by %(date)s.") % {"date": date_format(reached.on, "MONTH_DAY_FORMAT")}
    since, right = mastery.responses - reached.responses, mastery.correct - reached.correct
    if since <= 0:
        seen = gettext("You have not answered since, so it is less sure by now.")
    else:
        seen = ngettext(
            "Since then, %(correct)s of %(responses)s answer was right.",
            "Since then, %(correct)s of %(responses)s answers were right.",
            since,
        ) % {"correct": max(0, right), "responses": since}
    back = gettext("A few right answers bring it back.")
    return f"{got} {seen} {back}"
