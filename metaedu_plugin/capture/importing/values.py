"""Cells of a table to values, strictly: text from CSV, typed values from Parquet."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from metaedu_plugin.capture.identity import utc
from metaedu_plugin.capture.rows import Malformed

TRUTH = {"1": True, "true": True, "1.0": True, "0": False, "false": False, "0.0": False}
LARGEST = 2**31 - 1


def text(field: str, value: Any) -> str:
    """A text that is there; a whole number that was stored as a float reads as the number."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    found = str(value).strip() if isinstance(value, str | int | float) else ""
    if not found:
        raise Malformed(
            "missing_field", f"{field} is empty" if value in (None, "") else f"{field} is not a text: {value!r}"
        )
    return found


def truth(field: str, value: Any) -> bool:
    """Of a column that says right or wrong."""
    found = TRUTH.get(str(value).strip().lower())
    if found is None:
        raise Malformed("bad_correct", f"{field} is {value!r}; it must be 0, 1, true or false")
    return found


def number(field: str, value: Any) -> float | None:
    """A number from 0 up; None for an empty cell."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        found = float(value)
    except (TypeError, ValueError):
        found = math.nan
    if isinstance(value, float) and math.isnan(value):
        return None
    if not math.isfinite(found) or found < 0:
        raise Malformed("wrong_type", f"{field} is {value!r}; it must be a number from 0 up")
    return found


def count(field: str, value: Any) -> int | None:
    """A whole number that fits its column."""
    found = number(field, value)
    if found is not None and (found != int(found) or found > LARGEST):
        raise Malformed("wrong_type", f"{field} is {value!r}; it must be a whole number of at most {LARGEST}")
    return None if found is None else int(found)


def share(field: str, value: Any) -> float | None:
    """A score, 0 to 1."""
    found = number(field, value)
    if found is not None and found > 1:
        raise Malformed("wrong_type", f"{field} is {value!r}; it must be a share of the points, 0 to 1")
    return found


def moment(field: str, value: Any) -> datetime | None:
    """ISO 8601, or seconds, milliseconds or microseconds since 1970; UTC where there is no zone."""
    if isinstance(value, datetime):
        return utc(value)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        seconds = float(value)
        for scale in (1e14, 1e11):
            seconds = seconds / 1000 if seconds > scale else seconds
        return datetime.fromtimestamp(seconds, UTC) if math.isfinite(seconds) else None
    except (TypeError, ValueError, OverflowError, OSError):
        pass
    try:
        return utc(datetime.fromisoformat(str(value).strip()))
    except (ValueError, OverflowError):
        hint = "ISO 8601 (2026-05-17T10:00:00Z) or seconds since 1970"
        raise Malformed("bad_time", f"{field} is {value!r}; it must be {hint}") from None
