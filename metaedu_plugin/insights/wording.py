"""Shares as a person reads them: one way for sentences and for tables."""

from __future__ import annotations

import math

from django.utils.translation import gettext as _

SPACE = "\u00a0"
"""Keeps a number and its sign on one line."""


def percent(value: float | None) -> str:
    """A share; empty where it cannot be told."""
    return "" if value is None or math.isnan(value) else f"{100 * value:.0f}{SPACE}%"


def span(low: float | None, high: float | None) -> str:
    """An interval of shares; empty where it cannot be told."""
    if low is None or high is None:
        return ""
    return _("%(low)s to %(high)s") % {"low": f"{100 * low:.0f}", "high": percent(high)}
