"""Numbers as learners write them."""

from __future__ import annotations

import re
from fractions import Fraction

NUMBER = re.compile(
    r"^(?P<sign>[-\u2212]?)(?:(?P<whole>\d+)[ ]+)?"
    r"(?:(?P<top>\d+)\s*/\s*(?P<below>\d+)|(?P<decimal>\d*\.?\d+|\d+\.))$"
)
UNITS = re.compile(r"\s*(%|€)\s*")
LONGEST = 40


def parse(text: str) -> Fraction:
    """`0.75`, `0,75`, `3/4`, `1 1/2`, `75 %`, `€5`, `1,200` to an exact number.

    Raises ValueError where it is none of these.
    """
    cleaned = UNITS.sub("", text.strip())
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", cleaned):
        cleaned = cleaned.replace(",", "")
    found = NUMBER.match(cleaned.replace(",", ".")) if len(cleaned) <= LONGEST else None
    if found is None or (found["whole"] and found["decimal"]):
        raise ValueError(text)
    if found["top"]:
        if int(found["below"]) == 0:
            raise ValueError(text)
        value = int(found["whole"] or 0) + Fraction(int(found["top"]), int(found["below"]))
    else:
        value = Fraction(found["decimal"])
    return -value if found["sign"] else value
