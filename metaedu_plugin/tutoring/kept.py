"""Feedback that was given: written once, at the moment of observing, and read by whoever asks."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec
from django.utils import timezone

from metaedu_plugin.capture.api import Captured
from metaedu_plugin.registry import api as registry
from metaedu_plugin.tutoring.models import LatestFeedback
from serving.types import UNKNOWN, Feedback


@dataclass(frozen=True)
class Kept:
    """The latest feedback on one item; `feedback` is None where the response came in bulk."""

    item: str
    response: str
    answered: datetime.datetime
    feedback: Feedback | None


def keep(row: Captured, feedback: Feedback) -> None:
    """Keep what was said about a response, unless something was said about a later one."""
    _write(row, payload=msgspec.to_builtins(feedback), model=feedback.model)


def predicted(told: Iterable[tuple[Captured, Feedback]]) -> None:
    """Keep what was expected of these responses before they came, as far as a model expected something."""
    found = [
        registry.Predicted(
            response=row.key,
            course=row.course,
            learner=row.learner,
            item=row.item,
            model=feedback.model,
            expected=feedback.expected,
            correct=row.correct,
            time=row.time or timezone.now(),
        )
        for row, feedback in told
        if feedback.expected != UNKNOWN and feedback.source != "prior"
    ]
    registry.keep_predictions(predictions=found)


def expect(rows: Iterable[Captured]) -> None:
    """Remember that these responses are the latest, and that their feedback is still to be made."""
    for row in rows:
        _write(row, payload=None, model="")


def latest(*, course: str, learner: str, problem: str) -> list[Kept]:
    """What is kept about the parts of the learner's last attempt at a problem, in the order of their keys."""
    rows = list(
        LatestFeedback.objects.filter(learner__pseudonym=learner, course=course, problem=problem).order_by("item")
    )
    last = max((row.answered for row in rows), default=None)
    return [
        Kept(
            item=row.item,
            response=row.response,
            answered=row.answered,
            feedback=None if row.payload is None else msgspec.convert(row.payload, Feedback),
        )
        for row in rows
        if row.answered == last
    ]


def newest(*, course: str, learner: str) -> str:
    """Key of the learner's latest response in the course; empty for none."""
    rows = LatestFeedback.objects.filter(learner__pseudonym=learner, course=course)
    return rows.order_by("-answered", "-response").values_list("response", flat=True).first() or ""


def _write(row: Captured, *, payload: object, model: str) -> None:
    answered = row.time or timezone.now()
    values = {"problem": row.problem, "response": row.key, "answered": answered, "payload": payload, "model": model}
    stored, new = LatestFeedback.objects.get_or_create(
        learner_id=row.learner, course=row.course, item=row.item, defaults=values
    )
    if new or stored.answered > answered:
        return
    # The feedback of the moment tells before from after; a repetition cannot, and must not take its place.
    if stored.response == row.key and stored.payload is not None:
        return
    for name, value in values.items():
        setattr(stored, name, value)
    stored.save()
