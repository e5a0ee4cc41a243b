"""Batches to the database: each counts once, one bad row does not sink the others, and the apps above are told."""

from __future__ import annotations

import logging
import time
from typing import Any

import msgspec
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from django.dispatch import Signal

from metaedu_plugin.capture import before, identity, validity
from metaedu_plugin.capture.choices import taken
from metaedu_plugin.capture.data import Captured, Counts, Invalidated
from metaedu_plugin.capture.learners import resolve
from metaedu_plugin.capture.models import Activity, DeadLetter, Learner, Response
from metaedu_plugin.capture.rows import ActivityRow, Batch, Malformed, Refused, ResponseRow, Row
from metaedu_plugin.capture.signals import item_skills_found, responses_captured, responses_invalidated

log = logging.getLogger(__name__)

PAUSES = (0.05, 0.2, 0.8)
"""Seconds between attempts after a lost race, a deadlock or a lock: the next attempt sees what the other wrote."""
DATA_ERRORS = {1264, 1265, 1366, 1406, 3988}
"""MySQL's codes that blame the values, though they come as OperationalError."""


def write(batch: Batch) -> Counts:
    """Store a batch and tell the apps above once it is committed.

    Raises OperationalError or InterfaceError when the database does not answer; nothing of the batch is stored then.
    """
    for pause in PAUSES:
        try:
            return _write_together(batch)
        except (IntegrityError, OperationalError) as error:
            log.info("capture: a batch did not go in (%s), trying again", error)
            time.sleep(pause)
        except (DatabaseError, ValueError) as error:
            log.info("capture: a batch did not go in (%s), taking its rows one by one", error)
            break
    return _write_singly(batch)


def _write_together(batch: Batch) -> Counts:
    """All rows in one transaction.

    Everything is read before it begins: then its first statement writes, and no database has to give up because
    another process wrote between reading and writing.
    """
    allowed = taken(batch.rows)
    rows, refused, duplicates = _unseen(allowed)
    learners = resolve(rows)
    names = {subject: learner.pseudonym for subject, learner in learners.items()}
    responses = [row for row in rows if isinstance(row, ResponseRow)]
    activities = [row for row in rows if isinstance(row, ActivityRow)]
    validity.recall(responses, learners)
    before.complete(responses, activities, names)
    validity.mark(responses, activities, learners)
    with transaction.atomic():
        Activity.objects.bulk_create([_activity(row, learners[row.subject]) for row in activities], batch_size=500)
        Response.objects.bulk_create([_response(row, learners[row.subject]) for row in responses], batch_size=500)
        overtaken, invalidated = validity.end(responses, activities, learners)
        bury([*batch.refused, *refused])
        transaction.on_commit(lambda: _after(responses, activities, learners, invalidated, batch.skills))
    counts = batch.counts()
    declined = len(batch.rows) - len(allowed)
    counts.add(Counts(responses=len(responses), activities=len(activities), duplicates=duplicates, ignored=declined))
    counts.invalidated += overtaken
    for letter in refused:
        counts.died(letter.reason)
    return counts


def _unseen(rows: list[Row]) -> tuple[list[Row], list[Refused], int]:
    """Rows that are neither stored nor twice in the batch, conflicting ones, and the number of duplicates."""
    known = _stored_facts(rows)
    fresh: list[Row] = []
    refused: list[Refused] = []
    duplicates = 0
    for row in rows:
        fact = _fact(row)
        seen = known.setdefault(row.key, fact)
        if seen is fact:
            fresh.append(row)
        elif seen == fact:
            duplicates += 1
        else:
            detail = f"the same event or id is stored already with other content: {seen} there, {fact} here"
            refused.append(Refused("conflicting_duplicate", detail, row.origin))
    return fresh, refused, duplicates


Fact = tuple[Any, ...]


def _fact(row: Row) -> Fact:
    if isinstance(row, ResponseRow):
        return (row.course, row.item, row.correct, round(row.score, 6))
    return (row.course, row.block, row.kind)


def _stored_facts(rows: list[Row]) -> dict[str, Fact]:
    known: dict[str, Fact] = {}
    responses = [row.key for row in rows if isinstance(row, ResponseRow)]
    activities = [row.key for row in rows if isinstance(row, ActivityRow)]
    if responses:
        stored = Response.objects.filter(key__in=responses).order_by()
        for key, course, item, correct, score in stored.values_list("key", "course", "item", "correct", "score"):
            known[key] = (course, item, correct, round(score, 6))
    if activities:
        stored_activities = Activity.objects.filter(key__in=activities)
        for key, *fact in stored_activities.values_list("key", "course", "block", "kind"):
            known[key] = tuple(fact)
    return known


def _write_singly(batch: Batch) -> Counts:
    """Each row in a transaction of its own; what the database refuses becomes a dead letter."""
    counts = _write_together(Batch(refused=batch.refused, ignored=batch.ignored, skills=batch.skills))
    for row in batch.rows:
        try:
            counts.add(_write_alone(row))
        except (DatabaseError, ValueError) as error:
            if not _blames_the_row(error):
                raise
            log.warning("capture: the database refuses a row of %s: %s", row.origin.source, error)
            refused = Malformed("database_refused", f"the database refuses this row: {error}")
            bury([Refused(refused.reason, refused.detail, row.origin)])
            counts.died(refused.reason)
    return counts


def _write_alone(row: Row) -> Counts:
    try:
        return _write_together(Batch(rows=[row]))
    except IntegrityError:
        # Another process stored the same row in this instant: now it is seen, and a duplicate.
        return _write_together(Batch(rows=[row]))


def _blames_the_row(error: Exception) -> bool:
    if isinstance(error, OperationalError):
        return bool(error.args) and error.args[0] in DATA_ERRORS
    return isinstance(error, IntegrityError | ValueError) or connection.is_usable()


def _response(row: ResponseRow, learner: Learner) -> Response:
    return Response(
        key=row.key,
        learner_id=learner.pk,
        course=row.course,
        problem=row.problem,
        part=row.part,
        item=row.item,
        correct=row.correct,
        score=row.score,
        attempt=row.attempt or 1,
        hints=row.hints or 0,
        seconds=row.seconds,
        choice=row.choice,
        time=row.time,
        graded=row.graded,
        valid=row.valid,
        slot=before.slot(learner.pseudonym, row.course, row.time) if row.time else None,
        place=before.place(learner.pseudonym, row.block) if row.block else None,
    )


def _activity(row: ActivityRow, learner: Learner) -> Activity:
    return Activity(
        key=row.key,
        kind=row.kind,
        learner_id=learner.pk,
        course=row.course,
        block=row.block,
        time=row.time,
        slot=before.slot(learner.pseudonym, row.course, row.time),
        place=before.place(learner.pseudonym, row.block),
    )


def _told(rows: list[ResponseRow], learners: dict[str, Learner]) -> list[Captured]:
    uncounted = [row.key for row in rows if row.attempt is None]
    counted = dict(Response.objects.filter(key__in=uncounted).values_list("key", "attempt")) if uncounted else {}
    return [
        _captured(row, learners[row.subject].pseudonym, attempt=row.attempt or counted.get(row.key, 1)) for row in rows
    ]


def _captured(row: ResponseRow, pseudonym: str, *, attempt: int) -> Captured:
    return Captured(
        key=row.key,
        course=row.course,
        learner=pseudonym,
        problem=row.problem,
        part=row.part,
        item=row.item,
        correct=row.correct,
        score=row.score,
        attempt=attempt,
        hints=row.hints or 0,
        seconds=row.seconds,
        choice=row.choice,
        time=row.time,
    )


def bury(refused: list[Refused]) -> None:
    """Keep what could not be used, each thing of each source once."""
    letters = []
    for letter in refused:
        raw = msgspec.json.encode(letter.origin.raw()).decode()
        source = letter.origin.source[-255:]
        key = identity.key(source, letter.reason, raw)
        letters.append(DeadLetter(key=key, source=source, reason=letter.reason, detail=letter.detail, raw=raw))
    DeadLetter.objects.bulk_create(letters, ignore_conflicts=True, batch_size=200)


def _after(
    responses: list[ResponseRow],
    activities: list[ActivityRow],
    learners: dict[str, Learner],
    invalidated: list[Invalidated],
    skills: dict[str, dict[str, tuple[str, ...]]],
) -> None:
    """What is committed is told to the apps above."""
    try:
        invalidated = list(dict.fromkeys([*invalidated, *validity.settle(responses, activities, learners)]))
    except DatabaseError as error:
        log.warning("capture: a reset of this very moment may have been missed: %s", error)
    for course, item_skills in skills.items():
        _send(item_skills_found, course=course, item_skills=item_skills)
    if invalidated:
        _send(responses_invalidated, invalidated=invalidated)
    fresh = _told([row for row in responses if row.valid], learners)
    if fresh:
        _send(responses_captured, responses=fresh)


def _send(signal: Signal, **message: Any) -> None:
    """A receiver that raises loses its message and nothing else; Django logs it with its traceback."""
    for receiver, answer in signal.send_robust(sender=None, **message):
        if isinstance(answer, Exception):
            log.error("capture: receiver %r failed: %r", receiver, answer)
