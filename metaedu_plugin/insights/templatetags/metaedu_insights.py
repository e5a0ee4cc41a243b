"""Figures as a person reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from metaedu_plugin.insights import wording
from metaedu_plugin.insights.downloads.catalogue import offer
from metaedu_plugin.insights.findings import Figure
from metaedu_plugin.insights.statistics.drift import Month
from metaedu_plugin.insights.tables import Cell, Range
from serving.types import Policy

register = template.Library()

BANDS = (0.40, 0.60, 0.75)
"""Ends of the map's colours below what counts as mastered, which is a colour of its own."""

SHARES = ("first_attempt_success", "weak_share")
"""Figures of the evidence that are shares; the others are numbers on scales of their own."""


register.filter("percent", wording.percent)


@register.filter
def percent_range(one: Range | Cell) -> str:
    """The interval of a share."""
    return wording.span(one.low, one.high)


@register.filter
def number(value: float | None) -> str:
    """A number to two places."""
    return "" if value is None else f"{value:.2f}"


@register.filter
def number_range(one: Range) -> str:
    """The interval of a number."""
    if one.low is None or one.high is None:
        return ""
    return _("%(low)s to %(high)s") % {"low": f"{one.low:.2f}", "high": f"{one.high:.2f}"}


@register.filter
def points(value: float | None) -> str:
    """A gain in points of a hundred, with its sign."""
    return "" if value is None else f"{100 * value:+.0f}"


@register.filter
def seconds(value: float | None) -> str:
    """A time to answer."""
    if value is None:
        return ""
    return f"{value:.0f} s" if value < 120 else f"{value / 60:.1f} min"


@register.filter
def legend(policy: Policy) -> list[tuple[str, str]]:
    """Colour classes of the map, each with what it stands for."""
    ends = _ends(policy)
    told = [("in-band-0", _("below %(end)s") % {"end": wording.percent(ends[0])})]
    told += [(f"in-band-{n}", wording.span(*ends[n - 1 : n + 1])) for n in range(1, len(ends))]
    return [*told, ("in-band-4", _("mastered"))]


@register.inclusion_tag("metaedu/insights/downloads.html", takes_context=True)
def downloads(context: Mapping[str, Any], *names: str, **asked: str | int) -> dict[str, Any]:
    """A line of links to what is shown there as files."""
    return {"files": [offer(name, course=context["course"], **asked) for name in names]}


@register.simple_tag
def mastery(cell: Cell, policy: Policy) -> str:
    """A cell of the map. Not a template of its own: a page has more than a thousand of them."""
    if not cell.responses:
        return format_html(
            '<td class="in-cell in-band-none" data-value=""><span aria-hidden="true">·</span>'
            '<span class="me-hidden">{}</span></td>',
            _("nothing answered"),
        )
    span = percent_range(cell)
    return format_html(
        '<td class="in-cell {}{}" data-value="{}" title="{}">{}<span class="in-range">{}</span></td>',
        _band(cell.mean, policy),
        "" if cell.evident else " in-few",
        plain(cell.mean),
        ngettext("%(range)s, %(n)s answer", "%(range)s, %(n)s answers", cell.responses)
        % {"range": span, "n": cell.responses},
        wording.percent(cell.mean),
        span,
    )


def _ends(policy: Policy) -> list[float]:
    """Ends of the colours below mastered."""
    return [*(end for end in BANDS if end < policy.mastered), policy.mastered]


def _band(mean: float, policy: Policy) -> str:
    return next((f"in-band-{n}" for n, end in enumerate(_ends(policy)) if mean < end), "in-band-4")


@register.simple_tag
def interval(one: Figure | Range | Month) -> str:
    """A small picture of a share: its interval as a bar, its value as a mark, on a line from 0 to 1.

    For the eye alone: the figure beside it says the same. Empty for what is no share.
    """
    if isinstance(one, Figure) and one.code not in SHARES and not one.code.startswith("month_"):
        return ""
    value, low, high = one.success if isinstance(one, Month) else one.value, one.low, one.high
    if value is None or low is None or high is None or not 0 <= low <= value <= high <= 1:
        return ""
    return format_html(
        '<svg class="in-interval" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<line class="in-interval-axis" x1="0" y1="4" x2="100" y2="4"/>'
        '<rect class="in-interval-band" x="{}" y="2" width="{}" height="4"/>'
        '<rect class="in-interval-mark" x="{}" y="0" width="2" height="8"/></svg>',
        f"{100 * low:.1f}",
        f"{max(100 * (high - low), 0.5):.1f}",
        f"{min(max(100 * value - 1, 0), 98):.1f}",
    )


@register.simple_tag
def mastery_interval(cell: Cell) -> str:
    """The same of a mastery."""
    return interval(Range(cell.mean, cell.low, cell.high, cell.responses))


@register.simple_tag
def what(suggested: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    """Title of what is suggested, as far as it has one: also of an item that has no address."""
    link, item = suggested["link"], suggested["item"]
    return str((link and link["title"]) or titles.get(item or "", "") or suggested["skill_title"])


@register.filter
def plain(value: float | str | None) -> str:
    """A number for scripts, whatever the reader's language writes for a decimal point."""
    return "" if value is None else str(value)
