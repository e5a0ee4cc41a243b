"""Reason codes as sentences: plain words, for a learner of twelve as for an adult, in the reader's language.

A code has one or more wordings, the most telling first. A wording is used when every figure that it names is known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from serving import reasons

Figure = str | int | float

_FIGURE: Final = re.compile(r"%\((\w+)\)s")
_ELSE: Final = _("This is what fits you best right now.")

RESPONSE: Final[Mapping[str, tuple[str, ...]]] = {
    reasons.FIRST_RESPONSE: (
        _("Your first answer on “%(skill)s”. One answer cannot say much yet; a few more will."),
        _("Your first answer of this kind. One answer cannot say much yet; a few more will."),
    ),
    reasons.RIGHT_AS_EXPECTED: (
        _("You have got %(recent)s of your last %(last)s answers on “%(skill)s” right."),
        _("That fits: you got %(mostly)s of your %(responses)s answers on “%(skill)s” right."),
        _("That makes %(correct)s of %(responses)s right on “%(skill)s” so far."),
        _("That fits with what you have shown before."),
    ),
    reasons.RIGHT_SURPRISE: (
        _("Nicely done. “%(skill)s” was still hard for you, and you got this one."),
        _("Nicely done. This one was hard for you, and you got it."),
    ),
    reasons.WRONG_AS_EXPECTED: (
        _("You got %(recent)s of your last %(last)s answers on “%(skill)s” right. You are on the way."),
        _("You are still learning “%(skill)s”: %(correct)s of %(responses)s right so far. Every try counts."),
        _("You are still learning this. Every try counts."),
    ),
    reasons.WRONG_SURPRISE: (
        _("You got %(mostly)s of your %(responses)s answers on “%(skill)s” right, so this may be just a slip."),
        _("This one was within your reach, so it may be just a slip."),
    ),
    reasons.SKILL_MASTERED: (
        _("You have got the hang of “%(skill)s”: %(correct)s of %(responses)s right."),
        _("You have got the hang of “%(skill)s”."),
        _("You have got the hang of this."),
    ),
    reasons.NO_SKILL: (_("This question is not tied to a skill, so there is nothing more to say about it."),),
}

NEXT: Final[Mapping[str, tuple[str, ...]]] = {
    reasons.RETRY_SLIP: (
        _("You know “%(skill)s”. Have another look at the same question: a second try often settles it."),
        _("You know this. Have another look at the same question: a second try often settles it."),
    ),
    reasons.READ_FIRST: (
        _("A few of these did not work out yet. A short read about “%(skill)s” helps more now than another try."),
        _("A few of these did not work out yet. A short read helps more now than another try."),
    ),
    reasons.WEAK_SKILL: (
        _("“%(skill)s” is within your reach, and this question is about right for you now."),
        _("This question is about right for you now: not too easy, not too hard."),
    ),
    reasons.PREREQUISITE: (
        _("“%(skill)s” comes first: with it, the rest gets easier."),
        _("This comes first: with it, the rest gets easier."),
    ),
    reasons.NEXT_SKILL: (
        _("Something new for you: “%(skill)s”. This question is a good way in."),
        _("Something new for you. This question is a good way in."),
    ),
    reasons.REVIEW_DUE: (
        _("You know “%(skill)s”, but it has been %(days)s days. One quick question keeps it fresh."),
        _("You know “%(skill)s”, but it has been a while. One quick question keeps it fresh."),
        _("You know this, but it has been a while. One quick question keeps it fresh."),
    ),
    reasons.COURSE_ORDER: (_("This comes next in the course."),),
    reasons.ALL_ANSWERED: (_("You have answered every question here. Well done."),),
    reasons.ALL_MASTERED: (_("You have got the hang of everything here. Nothing is waiting for you: well done."),),
    reasons.NO_CANDIDATES: (_("There is nothing to suggest in this course yet."),),
}

STEP: Final[Mapping[str, tuple[str, ...]]] = {
    **NEXT,
    reasons.READ_FIRST: (
        _("A short read about “%(skill)s” before you go on."),
        _("A short read before you go on."),
    ),
    reasons.WEAK_SKILL: (
        _("Practice on “%(skill)s” that is about right for you."),
        _("Practice that is about right for you."),
    ),
    reasons.NEXT_SKILL: (_("Something new: “%(skill)s”."), _("Something new.")),
    reasons.REVIEW_DUE: (
        _("By then it is time to refresh “%(skill)s”, so that it stays."),
        _("By then it is time to refresh this, so that it stays."),
    ),
}
"""Reasons of a plan's steps, which lie ahead: nothing in them speaks of today."""

PLAN: Final[Mapping[str, tuple[str, ...]]] = {
    reasons.PLAN_READY: (_("This fits into your time until then."),),
    reasons.PLAN_TOO_SHORT: (
        _(
            "There is more that would help than fits until then: %(left_out)s steps are left out. "
            "These come first; more minutes a day or a later date make room for the rest."
        ),
        _("There is more that would help than fits until then. These come first."),
    ),
    reasons.ALL_ANSWERED: NEXT[reasons.ALL_ANSWERED],
    reasons.ALL_MASTERED: NEXT[reasons.ALL_MASTERED],
    reasons.NO_CANDIDATES: (_("There is nothing to plan in this course yet."),),
}

KINDS: Final[Mapping[str, str]] = {
    "practise": _("Practise"),
    "retry": _("Try again"),
    "read": _("Read"),
    "review": _("Refresh"),
    "advance": _("Go on"),
}

SOURCES: Final[Mapping[str, str]] = {
    "model": "",
    "course": "",
    "shipped": _("Based on a general model, not yet on one trained on this platform."),
    "prior": _("Based on general experience: the trained model does not answer just now."),
}


def figures(sentence: str) -> set[str]:
    """The names of the figures that a wording needs."""
    return set(_FIGURE.findall(sentence))


def say(table: Mapping[str, tuple[str, ...]], code: str, known: Mapping[str, Figure | None] | None = None) -> str:
    """The sentence of a code with the figures that are known, in the language that is active.

    A code that the table does not have (a newer service may send one) gets a sentence that is always true.
    """
    values = {name: value for name, value in (known or {}).items() if value is not None and value != ""}
    for wording in table.get(code, ()):
        if figures(wording) <= values.keys():
            return gettext(wording) % values
    return gettext(_ELSE)


def source(kind: str) -> str:
    """What the reader must know about where an answer came from; empty for a model that was trained here."""
    wording = SOURCES.get(kind, _("Based on general experience."))
    return gettext(wording) if wording else ""


def kind(name: str) -> str:
    """The word on the button of a next action."""
    return gettext(KINDS.get(name, KINDS["practise"]))
