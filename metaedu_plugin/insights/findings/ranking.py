"""Which findings come first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from metaedu_plugin.insights.classroom import Classroom
from metaedu_plugin.insights.findings.base import FINDERS, Finding
from metaedu_plugin.insights.thresholds import TOP, TOP_PER_REASON


def find(room: Classroom) -> list[Finding]:
    """All findings of a class: those that help the most learners, the most certainly, first."""
    found = [finding for finder in FINDERS for finding in finder(room)]
    return sorted(found, key=lambda one: (-one.helps * one.certainty, one.key))


def weighted(findings: Sequence[Finding], weights: Mapping[str, float]) -> list[Finding]:
    """The same by what instructors think of their kinds: weights by reason code, 1 where there is none."""
    return sorted(findings, key=lambda one: (-one.helps * one.certainty * weights.get(one.reason, 1.0), one.key))


def split(findings: Sequence[Finding]) -> tuple[list[Finding], list[Finding]]:
    """The few that an instructor meets first, and the rest, both in order.

    The best finding about items, skills and learners each is among the few: what concerns the whole class would
    else always hide the three learners who are about to give up.
    """
    useful = [one for one in findings if one.helps]
    kinds = {one.subject.kind: one.key for one in reversed(useful)}
    chosen = set(kinds.values())
    reasons = Counter(one.reason for one in useful if one.key in chosen)
    for one in useful:
        if len(chosen) < TOP and one.key not in chosen and reasons[one.reason] < TOP_PER_REASON:
            chosen.add(one.key)
            reasons[one.reason] += 1
    return [one for one in findings if one.key in chosen], [one for one in findings if one.key not in chosen]
