"""What was predicted of live answers, and what came: kept for a while, so that everybody can see how right it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from django.conf import settings
from django.db.models import Count, Max, Q
from django.utils import timezone

from metaedu_plugin.capture.api import Invalidated
from metaedu_plugin.registry.models import KeptPrediction
from metaedu_plugin.registry.types import Predicted, Predictions

TIDY_EVERY: Final = 50
"""Batches that this process writes, between two looks at what is too old."""
TIDIED: Final = 2000
"""Most rows deleted at one look: far more than fifty batches write, and a moment's work."""

_batches = count(1)


def keep_predictions(*, predictions: Sequence[Predicted]) -> None:
    """Store them, in one statement; what is stored of a response already stays as it is.

    Now and then the oldest are looked at, and those deleted that are too old: a course that nobody answers any more
    may keep its last ones longer, until somebody answers in another.
    """
    if not predictions or not kept_days():
        return
    rows = [
        KeptPrediction(
            learner_id=one.learner,
            course=one.course,
            item=one.item,
            response=one.response,
            model=one.model[:64],
            expected=one.expected,
            correct=one.correct,
            time=one.time,
        )
        for one in predictions
    ]
    KeptPrediction.objects.bulk_create(rows, ignore_conflicts=True)
    if next(_batches) % TIDY_EVERY == 0:
        tidy()


def tidy() -> int:
    """Delete some of those that are too old, if there are any; returns how many."""
    # Rows are written as answers come, so the oldest have the lowest ids.
    oldest = list(KeptPrediction.objects.order_by("id").values_list("id", "time")[:TIDIED])
    limit = oldest_kept()
    old = [row for row, time in oldest if time < limit]
    if old:
        KeptPrediction.objects.filter(id__lte=old[-1], time__lt=limit).delete()
    return len(old)


def oldest_kept() -> datetime:
    """From when on predictions count."""
    # .. setting_name: METAEDU_KEEP_PREDICTIONS_DAYS
    # .. setting_default: 400
    # .. setting_description: Days for which it is kept what was predicted of an answer, to show how right the model
    #   is: a run of a course and some more. With 0 nothing is kept from now on, and nothing is shown.
    return timezone.now() - timedelta(days=kept_days())


def kept_days() -> float:
    """Days for which predictions are kept."""
    return max(float(getattr(settings, "METAEDU_KEEP_PREDICTIONS_DAYS", 400)), 0.0)


def take_back(invalidated: Iterable[Invalidated]) -> None:
    """Delete what was predicted of answers that were reset, or graded again."""
    for one in invalidated:
        here = Q(item=one.problem) | Q(item__startswith=f"{one.problem}#")
        KeptPrediction.objects.filter(here, learner_id=one.learner, course=one.course).delete()


def predictions(*, course: str, most: int) -> list[Predictions]:
    """What is kept of a course by version, the version that answered last first; of each the `most` newest."""
    found = (
        KeptPrediction.objects.filter(course=course).order_by().values("model").annotate(n=Count("id"), last=Max("id"))
    )
    return [_of(course, row["model"], row["n"], most) for row in sorted(found, key=lambda row: -row["last"])]


def _of(course: str, model: str, stored: int, most: int) -> Predictions:
    kept = KeptPrediction.objects.filter(course=course, model=model, time__gte=oldest_kept()).order_by("-id")
    rows = list(kept.values_list("learner_id", "expected", "correct", "id")[:most])
    learners, expected, correct, ids = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Predictions(
        model=model,
        since=KeptPrediction.objects.filter(id=ids[-1]).values_list("time", flat=True).first() if ids else None,
        learners=list(learners),
        expected=list(expected),
        correct=list(correct),
        left_out=max(stored - most, 0),
    )
