"""What came before a response: hints of its problem, and the time since the learner's last step.

Both are asked of the database once a batch, by hashes: a list of (learner, problem) pairs has no form that is
fast in every database.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from itertools import chain

from metaedu_plugin.capture import identity
from metaedu_plugin.capture.models import Activity, Response
from metaedu_plugin.capture.rows import ActivityRow, ResponseRow

HALF_HOUR = 1800
HELP = (Activity.Kind.HINT.value, Activity.Kind.SHOW_ANSWER.value)
ENDS = (Activity.Kind.RESET.value, Activity.Kind.RESCORED.value)
"""What instructors do: no step of the learner."""

Times = dict[int, list[datetime]]


def slot(pseudonym: str, course: str, moment: datetime, *, earlier: int = 0) -> int:
    """Hash of learner, course and half-hour, or of the half-hour `earlier` ones before."""
    return identity.number(pseudonym, course, int(moment.timestamp()) // HALF_HOUR - earlier)


def place(pseudonym: str, block: str) -> int:
    """Hash of learner and block."""
    return identity.number(pseudonym, block)


def complete(responses: list[ResponseRow], activities: list[ActivityRow], names: dict[str, str]) -> None:
    """Fill in `hints` and `seconds` of new responses from the database and from the batch itself.

    `names` maps subjects to pseudonyms. Hints count when they came before the response. Seconds are the gap to the
    learner's last captured event in the course; half an hour or more is a break and tells nothing.
    """
    _count_hints([row for row in responses if row.hints is None], activities, names)
    _measure([row for row in responses if row.seconds is None and row.time], responses, activities, names)


def _count_hints(rows: list[ResponseRow], activities: list[ActivityRow], names: dict[str, str]) -> None:
    timed = {id(row): place(names[row.subject], row.problem) for row in rows if row.time}
    found: Times = defaultdict(list)
    stored = Activity.objects.filter(place__in=set(timed.values()), kind__in=HELP) if timed else Activity.objects.none()
    for key, moment in stored.values_list("place", "time"):
        insort(found[key], moment)
    for activity in activities:
        if activity.kind in HELP:
            insort(found[place(names[activity.subject], activity.block)], activity.time)
    for row in rows:
        row.hints = bisect_left(found.get(timed[id(row)], []), row.time) if row.time else 0


def _measure(
    rows: list[ResponseRow], responses: list[ResponseRow], activities: list[ActivityRow], names: dict[str, str]
) -> None:
    slots = {id(row): [_slot_of(row, names, earlier=n) for n in (0, 1)] for row in rows}
    wanted = {key for pair in slots.values() for key in pair}
    found: Times = defaultdict(list)
    for key, moment in _stored(wanted):
        insort(found[key], moment)
    others: list[ResponseRow | ActivityRow] = [*responses, *(each for each in activities if each.kind not in ENDS)]
    for other in others:
        if other.time:
            insort(found[_slot_of(other, names)], other.time)
    for row in rows:
        row.seconds = _gap(row.time, [found.get(key, []) for key in slots[id(row)]])


def _slot_of(row: ResponseRow | ActivityRow, names: dict[str, str], *, earlier: int = 0) -> int:
    assert row.time is not None
    return slot(names[row.subject], row.course, row.time, earlier=earlier)


def _stored(slots: set[int]) -> Iterator[tuple[int, datetime]]:
    if slots:
        answered = Response.objects.filter(slot__in=slots).values_list("slot", "time").order_by()
        done = Activity.objects.filter(slot__in=slots).exclude(kind__in=ENDS).values_list("slot", "time")
        for key, moment in chain(answered, done):
            if key is not None and moment is not None:
                yield key, moment


def _gap(moment: datetime | None, halves: list[list[datetime]]) -> float | None:
    if moment is None:
        return None
    for times in halves:
        at = bisect_left(times, moment)
        if at:
            seconds = (moment - times[at - 1]).total_seconds()
            return seconds if seconds < HALF_HOUR else None
    return None
