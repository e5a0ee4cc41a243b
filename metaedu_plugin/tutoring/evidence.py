"""What the model used, in words instead of shares: a share of three answers is no figure to show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_noop as _

from serving import reasons
from serving.types import Evidence

MOSTLY, HALF = 0.7, 0.4
"""Shares from which something went mostly right, and about half right."""
SMALL: Final = 0.01
"""Effects on the chance of success below which nothing is said of them."""

SHARES: Final[Mapping[str, tuple[str, str, str]]] = {
    reasons.OWN_OVERALL: (
        _("Most of your answers in this course were right."),
        _("About half of your answers in this course were right."),
        _("Many of your answers in this course did not work out yet."),
    ),
    reasons.OWN_SKILL: (
        _("You got most questions of this kind right."),
        _("You got about half of the questions of this kind right."),
        _("Questions of this kind did not work out for you that often yet."),
    ),
    reasons.OWN_ITEM: (
        _("You have had this very question right before."),
        _("You have had this very question right about half of the time."),
        _("This very question did not work out for you yet."),
    ),
    reasons.OTHERS_ITEM: (
        _("This question has turned out to be rather easy."),
        _("This question has turned out to be neither easy nor hard."),
        _("This question has turned out to be rather hard."),
    ),
    reasons.OTHERS_SKILL: (
        _("Questions of this kind have turned out to be rather easy."),
        _("Questions of this kind have turned out to be neither easy nor hard."),
        _("Questions of this kind have turned out to be rather hard."),
    ),
}


def sentence_of(each: Evidence) -> str:
    """The sentence of one piece of evidence, with what it does to the chance of success."""
    return f"{_fact(each)} {_effect(each)}".strip()


def _fact(each: Evidence) -> str:
    if each.code in SHARES:
        mostly, half, seldom = SHARES[each.code]
        return gettext(mostly if each.value >= MOSTLY else half if each.value >= HALF else seldom)
    if each.code == reasons.TIME_SINCE:
        days = int(each.value)
        if not days:
            return gettext("You worked on this within the last day.")
        return ngettext(
            "You last worked on this %(days)s day ago.", "You last worked on this %(days)s days ago.", days
        ) % {"days": days}
    return gettext("Something else in your answers counted too.")


def _effect(each: Evidence) -> str:
    # A share may weigh against how it reads (half right, where most get a quarter): then the fact stands alone.
    if abs(each.effect) < SMALL or (each.code in SHARES and not _reads_like(each)):
        return ""
    return gettext("That speaks for you.") if each.effect > 0 else gettext("That makes it a bit harder for now.")


def _reads_like(each: Evidence) -> bool:
    return each.value >= MOSTLY if each.effect > 0 else each.value < HALF
