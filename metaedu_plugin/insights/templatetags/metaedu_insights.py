"""Figures as a person reads them."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

from metaedu_plugin.insights import wording
from metaedu_plugin.insights.tables import Cell, Range

register = template.Library()

BANDS = ((0.40, "0"), (0.60, "1"), (0.75, "2"), (0.85, "3"))
"""Upper ends of the map's colours; above the last is mastered."""


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
def band(cell: Cell) -> str:
    """Colour class of a mastery; none where nothing was answered."""
    if not cell.responses:
        return "in-band-none"
    return next((f"in-band-{name}" for end, name in BANDS if cell.mean < end), "in-band-4")


@register.filter
def plain(value: float | str | None) -> str:
    """A number for scripts, whatever the reader's language writes for a decimal point."""
    return "" if value is None else str(value)
