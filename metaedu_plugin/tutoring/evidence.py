"""What the model used, in words."""

from __future__ import annotations

from serving.types import Evidence


def sentence_of(each: Evidence) -> str:
    """The sentence of one piece of evidence."""
    return each.code
