"""Up to which stored response each model version has observed a learner.

A version's states outlive the process, so its marks are rows, those of the shipped version too. The prior keeps its
states in the memory of each process, so its marks are there too.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from django.db import connections, router

from metaedu_plugin.tutoring.models import ObservedUpTo

Pair = tuple[str, str]
"""Course and learner."""

BATCH = 500

_of_prior: dict[Pair, int] = {}


class Answering(NamedTuple):
    """Which version answers."""

    model: str
    source: str


def read(*, pairs: Collection[Pair], by: Answering) -> dict[Pair, int]:
    """The marks that there are."""
    if by.source == "prior":
        return {pair: _of_prior[pair] for pair in pairs if pair in _of_prior}
    found: dict[Pair, int] = {}
    for course, learners in _by_course(pairs):
        rows = ObservedUpTo.objects.filter(course=course, model=by.model, learner__pseudonym__in=learners)
        found |= {(course, learner): row for learner, row in rows.values_list("learner__pseudonym", "row")}
    return found


def write(*, course: str, rows: Mapping[str, int], by: Answering) -> None:
    """Everything of these learners, by pseudonym, is observed up to these rows."""
    if by.source == "prior":
        _of_prior.update({(course, learner): row for learner, row in rows.items()})
        return
    # In one order, so that two who write the same do not wait for each other.
    made = [
        ObservedUpTo(learner_id=learner, course=course, model=by.model, row=row)
        for learner, row in sorted(rows.items())
    ]
    targeted = connections[router.db_for_write(ObservedUpTo)].features.supports_update_conflicts_with_target
    key = ["learner", "course", "model"] if targeted else None  # MySQL takes whatever key is met
    ObservedUpTo.objects.bulk_create(
        made, batch_size=BATCH, update_conflicts=True, unique_fields=key, update_fields=["row"]
    )


def drop(*, learner: str) -> None:
    """Forget the prior's marks of a learner; those of versions are rows, and go with the learner's."""
    for pair in [pair for pair in _of_prior if pair[1] == learner]:
        _of_prior.pop(pair, None)


def clear() -> None:
    """Forget the prior's marks: in a forked child, whose memory holds no states."""
    _of_prior.clear()


os.register_at_fork(after_in_child=clear)


def _by_course(pairs: Collection[Pair]) -> Iterator[tuple[str, list[str]]]:
    """Courses with their learners, in batches that every database takes."""
    learners: dict[str, list[str]] = defaultdict(list)
    for course, learner in pairs:
        learners[course].append(learner)
    for course, names in learners.items():
        for start in range(0, len(names), BATCH):
            yield course, names[start : start + BATCH]
