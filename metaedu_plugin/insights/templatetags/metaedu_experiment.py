"""Figures of experiments as a person reads them."""

from __future__ import annotations

from django import template
from django.utils.html import format_html

from metaedu_plugin.experiment.api import Difference
from metaedu_plugin.insights import verdicts

register = template.Library()
WIDEST = 0.2
"""A difference at the end of the picture, where none is larger."""

register.filter("hundredths", verdicts.points)
register.filter("of_hundred", verdicts.plain)


@register.filter
def hundredths_range(found: Difference) -> str:
    """The interval that holds at all looks."""
    return verdicts.span(found.low, found.high)


@register.filter
def usual_range(found: Difference) -> str:
    """The interval that holds at one look."""
    return verdicts.span(found.usual_low, found.usual_high)


@register.simple_tag
def difference_picture(found: Difference) -> str:
    """The difference on a line with nothing in its middle. For the eye alone: the sentence beside it says the same."""
    if found.value is None or found.low is None or found.high is None:
        return ""
    widest = max(WIDEST, abs(found.low), abs(found.high))

    def at(value: float) -> float:
        return 50 + 50 * value / widest

    return format_html(
        '<svg class="in-difference" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true"'
        ' focusable="false"><line class="in-interval-axis" x1="0" y1="6" x2="100" y2="6"/>'
        '<rect class="in-interval-band" x="{}" y="3" width="{}" height="6"/>'
        '<line class="in-difference-none" x1="50" y1="0" x2="50" y2="12"/>'
        '<rect class="in-interval-mark" x="{}" y="1" width="1" height="10"/></svg>',
        f"{at(found.low):.1f}",
        f"{max(at(found.high) - at(found.low), 0.5):.1f}",
        f"{at(found.value) - 0.5:.1f}",
    )
