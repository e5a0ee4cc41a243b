"""How right the model is, in words and as a picture."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from metaedu_plugin.insights.right import ENOUGH_ANSWERS, ENOUGH_LEARNERS, VersionRight
from metaedu_plugin.insights.statistics import Estimate
from metaedu_plugin.insights.statistics.calibration import Bin, Calibration
from metaedu_plugin.insights.statistics.fairness import GroupFairness

GOOD = 0.03
"""Mean distance that is small enough for every use here."""
LEFT, TOP, WIDE = 14.0, 4.0, 82.0
"""Place of the plot within a picture of 100 by 100."""


@dataclass(frozen=True)
class Dot:
    """A bin in the picture, in its coordinates, written for SVG."""

    x: str
    y: str
    low: str
    high: str


def of_100(share: float) -> str:
    """A share as so many of a hundred."""
    return f"{100 * share:.0f}"


def waiting(one: VersionRight | None) -> str:
    """What is missing before anything can be said; empty when there is enough."""
    answers, learners = (one.answers, one.learners) if one else (0, 0)
    if one and one.calibration:
        return ""
    return _(
        "Not enough yet: it takes %(some)s predicted answers of %(people)s learners to tell how right it is. So far,"
        " answers: %(answers)s, learners: %(learners)s. Answers that were imported do not count, since nobody predicted"
        " them. This page fills by itself."
    ) % {"answers": answers, "learners": learners, "some": ENOUGH_ANSWERS, "people": ENOUGH_LEARNERS}


def off(error: Estimate) -> str:
    """How far it is off on average, with its range."""
    return _("%(value)s of 100 (%(low)s to %(high)s)") % {
        "value": of_100(error.value),
        "low": of_100(error.low),
        "high": of_100(error.high),
    }


def verdict(told: Calibration) -> str:
    """Whether what it says comes, in one sentence."""
    error = told.error
    if error.high <= GOOD:
        return _("It is right about as often as it says: on average it is off by no more than %(high)s of 100.") % {
            "high": of_100(error.high)
        }
    if of_100(error.low) == "0":
        return _(
            "No difference between what it says and what comes can be told from chance. On average it is off by at most"
            " %(high)s of 100."
        ) % {"high": of_100(error.high)}
    return _("What it says and what comes differ: on average it is off by %(off)s.") % {"off": off(error)}


def whole(one: VersionRight) -> str:
    """Whether it promises too much or too little on the whole."""
    if one.right is None:
        return ""
    given = {
        "said": of_100(one.expected),
        "right": of_100(one.right.value),
        "low": of_100(one.right.low),
        "high": of_100(one.right.high),
    }
    if one.expected > one.right.high:
        return _("On the whole it promises too much: it said %(said)s of 100, and %(right)s were right (%(low)s to"
                 " %(high)s).") % given  # fmt: skip
    if one.expected < one.right.low:
        return _("On the whole it promises too little: it said %(said)s of 100, and %(right)s were right (%(low)s to"
                 " %(high)s).") % given  # fmt: skip
    return _("On the whole it said %(said)s of 100, and %(right)s were right (%(low)s to %(high)s).") % given


def order(area: Estimate) -> str:
    """How well it tells right from wrong answers."""
    return _(
        "Of two answers, one right and one wrong, it gave the right one the higher chance in %(value)s of 100 cases"
        " (%(low)s to %(high)s). Guessing would in 50."
    ) % {"value": of_100(area.value), "low": of_100(area.low), "high": of_100(area.high)}


def in_words(one: Bin) -> str:
    """A bin as a sentence."""
    low, high = of_100(one.least), of_100(one.most)
    given = {
        "low": low,
        "high": high,
        "right": of_100(one.right.value),
        "least": of_100(one.right.low),
        "most": of_100(one.right.high),
    }
    if low == high:
        return _("When it said %(low)s of 100, %(right)s were right (%(least)s to %(most)s).") % given
    return _("When it said %(low)s to %(high)s of 100, %(right)s were right (%(least)s to %(most)s).") % given


def is_off(one: Bin) -> bool:
    """Whether what came differs from what was said beyond chance."""
    return not one.right.low <= one.expected <= one.right.high


def dots(told: Calibration) -> list[Dot]:
    """The bins in the picture."""
    return [
        Dot(
            f"{LEFT + WIDE * one.expected:.1f}",
            *(f"{TOP + WIDE * (1 - share):.1f}" for share in (one.right.value, one.right.low, one.right.high)),
        )
        for one in told.bins
    ]


def chance(one: GroupFairness) -> str:
    """How often a difference that large comes by chance."""
    for size in (10, 100):
        times = round(size * one.by_chance)
        if times:
            return _("A difference this large comes by chance in %(times)s of %(size)s random splits of the class.") % {
                "times": times,
                "size": size,
            }
    return _("A difference this large comes by chance in fewer than 1 of 100 random splits of the class.")


def fair(groups: tuple[GroupFairness, ...]) -> str:
    """Whether it is fair, in one sentence."""
    worse = [one.group for one in groups if one.stands_out and one.area.value < one.others.value]
    if worse:
        return ngettext(
            "Beyond chance, it orders the answers of this group less well: %(groups)s. Rely on it less there.",
            "Beyond chance, it orders the answers of these groups less well: %(groups)s. Rely on it less there.",
            len(worse),
        ) % {"groups": ", ".join(worse)}
    if any(one.stands_out for one in groups):
        return _("Its mistakes are of another kind in one group than in the others, beyond chance; look at the rows.")
    return _("No difference between the groups can be told from chance. Small differences may still be there.")
