"""What an experiment has shown so far, in words that anybody understands."""

from __future__ import annotations

from typing import Final

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from metaedu_plugin.experiment import api as experiment

FEWEST: Final = 20
"""Learners of each group below which nothing is said: the analysis keeps to it."""


def points(value: float | None) -> str:
    """A difference in answers of a hundred, with its sign; empty where it cannot be told."""
    if value is None:
        return ""
    said = f"{100 * value:+.1f}"
    return said.replace("-", "\N{MINUS SIGN}")


def span(low: float | None, high: float | None) -> str:
    """Its interval."""
    if low is None or high is None:
        return ""
    return _("%(low)s to %(high)s") % {"low": points(low), "high": points(high)}


def plain(share: float) -> str:
    """A share as a number of a hundred, without a decimal that says nothing."""
    return f"{100 * share:.1f}".removesuffix(".0")


def headline(found: experiment.Difference, *, smallest: float) -> str:
    """What it means, in a sentence."""
    figures = {
        "size": plain(abs(found.value or 0.0)),
        "range": span(found.low, found.high),
        "smallest": plain(smallest),
    }
    if found.verdict == "too_few":
        counts = {
            "fewest": FEWEST,
            "suggestions": found.suggestions.learners,
            "order": found.course_order.learners,
        }
        return (
            _(
                "Too early to say anything: %(fewest)s learners in each group must have answered new questions. "
                "So far it is %(suggestions)s with suggestions and %(order)s with the course's order."
            )
            % counts
        )
    if found.verdict == "better":
        return (
            _(
                "Suggestions help: of 100 new questions, learners with suggestions get about %(size)s more right at "
                "the first try than they would with the course's order."
            )
            % figures
        )
    if found.verdict == "worse":
        return (
            _(
                "The course's own order does better: of 100 new questions, learners with suggestions get about "
                "%(size)s fewer right at the first try. Ending the experiment gives suggestions to everybody; if you "
                "would rather have none, ask those who run the platform to switch them off for the course."
            )
            % figures
        )
    if found.verdict == "no_matter":
        return (
            _(
                "No difference that matters: whatever there is, it is smaller than the %(smallest)s of 100 answers "
                "that you said would be worth having."
            )
            % figures
        )
    return _more(found.more or 0, figures)


def _more(more: int, figures: dict[str, str]) -> str:
    if not more:
        return (
            _(
                "Still not clear: there are as many learners as were planned for, and no difference shows. If there is "
                "one, it is probably smaller than %(smallest)s of 100 answers."
            )
            % figures
        )
    return ngettext(
        "Too early to say: about %(more)s more learner is needed to see a difference of %(smallest)s of 100 answers.",
        "Too early to say: about %(more)s more learners are needed to see a difference of %(smallest)s of 100 answers.",
        more,
    ) % {**figures, "more": number_format(_rounded(more), use_l10n=True, force_grouping=True)}


def _rounded(more: int) -> int:
    """Two figures: the rest is not known."""
    return more if more < 100 else round(more, 1 - len(str(more)) + 1)
