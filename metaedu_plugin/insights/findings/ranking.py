"""Which findings come first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from metaedu_plugin.insights.classroom import Classroom
from metaedu_plugin.insights.findings.base import FINDERS, Finding
from metaedu_plugin.insights.thresholds import TOP, TOP_PER_REASON

KEEPS_PLACE: Final = 0.6
"""Weight from which a kind of finding has a place kept: below are those that were called not useful three times more
than they were accepted, or so."""


def find(room: Classroom) -> list[Finding]:
    """All findings of a class: those that help the most learners, the most certainly, first."""
    found = [finding for finder in FINDERS for finding in finder(room)]
    return sorted(found, key=lambda one: (-one.helps * one.certainty, one.key))


def weighted(findings: Sequence[Finding], weights: Mapping[str, float]) -> list[Finding]:
    """The same by what instructors think of their kinds: weights by reason code, 1 where there is none."""
    return sorted(findings, key=lambda one: (-one.helps * one.certainty * weights.get(one.reason, 1.0), one.key))


def split(
    findings: Sequence[Finding], weights: Mapping[str, float] | None = None
) -> tuple[list[Finding], list[Finding]]:
    """The few that an instructor meets first, and the rest, both in order.

    The best finding about items, skills and learners each is among the few: what concerns the whole class would
    else always hide the three learners who are about to give up. A place is kept for no kind that the course's
    instructors find of little use (`weights` by reason code): it is there where it has earned it.
    """
    useful = [one for one in findings if one.helps]
    wanted = [one for one in useful if (weights or {}).get(one.reason, 1.0) >= KEEPS_PLACE]
    kinds = {one.subject.kind: one.key for one in reversed(wanted)}
    chosen = set(kinds.values())
    reasons = Counter(one.reason for one in useful if one.key in chosen)
    for one in useful:
        if len(chosen) < TOP and one.key not in chosen and reasons[one.reason] < TOP_PER_REASON:
            chosen.add(one.key)
            reasons[one.reason] += 1
    return [one for one in findings if one.key in chosen], [one for one in findings if one.key not in chosen]
