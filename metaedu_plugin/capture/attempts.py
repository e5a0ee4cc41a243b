"""Attempts where the source does not count them: scores of whole blocks, statements of other systems."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from metaedu_plugin.capture import before
from metaedu_plugin.capture.models import Activity, Learner, Response
from metaedu_plugin.capture.rows import ActivityRow, ResponseRow

Pair = tuple[int, str]
"""Learner's row and item."""


class _Stored(NamedTuple):
    id: int
    place: int | None
    time: datetime
    graded: datetime | None
    attempt: int


def count(responses: list[ResponseRow], activities: list[ActivityRow], learners: dict[str, Learner]) -> None:
    """Number the answers anew, in the order in which they were given, that the batch's rows belong to or reset.

    Called when the batch is stored. An answer that arrives late makes those after it later ones, and a late reset
    lets them begin anew.
    """
    pairs: set[Pair] = {(learners[row.subject].pk, row.item) for row in responses if row.attempt is None}
    reset = {
        before.place(learners[row.subject].pseudonym, row.block)
        for row in activities
        if row.kind == Activity.Kind.RESET.value
    }
    if reset:
        pairs |= set(Response.objects.filter(place__in=reset, part="").order_by().values_list("learner_id", "item"))
    if not pairs:
        return
    groups = _groups(pairs)
    places = {row.place for group in groups for row in group if row.place is not None}
    resets: dict[int | None, list[datetime]] = defaultdict(list)
    told = Activity.objects.filter(place__in=places, kind=Activity.Kind.RESET.value)
    for place, moment in told.values_list("place", "time"):
        resets[place].append(moment)
    for group in groups:
        for row, number in _numbered(group, resets):
            if row.attempt != number:
                Response.objects.filter(pk=row.id).update(attempt=number)


def _groups(pairs: set[Pair]) -> list[list[_Stored]]:
    """What is stored of each pair, in order of time."""
    found: dict[Pair, list[_Stored]] = defaultdict(list)
    people, items = {learner for learner, _ in pairs}, {item for _, item in pairs}
    stored = Response.objects.filter(learner_id__in=people, item__in=items, part="").exclude(time=None)
    for learner, item, *row in stored.order_by("time", "id").values_list("learner_id", "item", *_Stored._fields):
        if (learner, item) in pairs:
            found[learner, item].append(_Stored(*row))
    return list(found.values())


def _numbered(group: list[_Stored], resets: dict[int | None, list[datetime]]) -> Iterator[tuple[_Stored, int]]:
    """Each row with its number; one that was graded again has that of the answer."""
    answers = [row for row in group if row.graded is None]
    numbers: dict[int, int] = {}
    for row in answers:
        over = [moment for moment in resets.get(row.place, ()) if moment < row.time]
        since = max(over, default=None)
        numbers[row.id] = 1 + sum(
            each.time < row.time and (since is None or each.place != row.place or each.time > since) for each in answers
        )
        yield row, numbers[row.id]
    for row in group:
        if row.graded is not None:
            given = [each for each in answers if each.place == row.place and each.time < row.graded]
            yield row, numbers[given[-1].id] if given else row.attempt
