"""Beginning and ending an experiment, and who is in it."""

from __future__ import annotations

import logging
import secrets
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from metaedu_plugin.capture import api as capture
from metaedu_plugin.experiment.data import ExperimentError, ExperimentInfo
from metaedu_plugin.experiment.groups import ORDER
from metaedu_plugin.experiment.models import Departure, Experiment

log = logging.getLogger(__name__)

LEAST_SHARE: Final = 0.05
MOST_SHARE: Final = 0.95
LEAST_DIFFERENCE: Final = 0.01
MOST_DIFFERENCE: Final = 0.30


def running(*, course: str) -> ExperimentInfo | None:
    """The experiment that runs in a course; one indexed query."""
    row = Experiment.objects.filter(course=course, open=True).first()
    return ExperimentInfo.of(row) if row else None


def history(*, course: str) -> list[ExperimentInfo]:
    """All experiments of a course, the newest first."""
    return [ExperimentInfo.of(row) for row in Experiment.objects.filter(course=course)]


def latest(*, course: str) -> ExperimentInfo:
    """The one that runs, else the one that ended last. Raises ExperimentError."""
    row = Experiment.objects.filter(course=course).first()
    if row is None:
        raise ExperimentError(_("There has been no experiment in this course yet."))
    return ExperimentInfo.of(row)


def begin(*, course: str, share: float, smallest: float, by: str) -> ExperimentInfo:
    """Begin one: from now on `share` of the learners get the course's own order. Raises ExperimentError."""
    if not LEAST_SHARE <= share <= MOST_SHARE:
        raise ExperimentError(_("Choose a share from 5 to 95 of 100 learners."))
    if not LEAST_DIFFERENCE <= smallest <= MOST_DIFFERENCE:
        raise ExperimentError(_("Choose a smallest difference from 1 to 30 of 100 answers."))
    try:
        with transaction.atomic():
            row = Experiment.objects.create(
                course=course,
                share=share,
                smallest=smallest,
                salt=secrets.token_hex(16),
                begun=timezone.now(),
                begun_by=by[:150],
            )
    except IntegrityError as error:
        raise ExperimentError(_("An experiment runs in this course already: end it first.")) from error
    log.info("experiment %d in %s: begun by %s, share %s, smallest %s", row.pk, course, by, share, smallest)
    return ExperimentInfo.of(row)


def end(*, course: str, by: str) -> ExperimentInfo:
    """End the one that runs, for good: everybody gets suggestions. Raises ExperimentError."""
    now = timezone.now()
    row = Experiment.objects.filter(course=course, open=True).first()
    # One of two people who end it at once does.
    if row is None or not Experiment.objects.filter(pk=row.pk, open=True).update(
        open=None, ended=now, ended_by=by[:150]
    ):
        raise ExperimentError(_("No experiment runs in this course, so there is none to end."))
    row.refresh_from_db()
    log.info("experiment %d in %s: ended by %s", row.pk, course, by)
    return ExperimentInfo.of(row)


def takes_part(*, course: str, learner: str) -> ExperimentInfo | None:
    """The experiment that a learner is part of now; None where none runs, or where they left it."""
    found = running(course=course)
    if found and Departure.objects.filter(experiment_id=found.id, learner_id=learner).exists():
        return None
    return found


def follows_order(*, course: str, learner: str) -> bool:
    """Whether a learner is to get the course's own order now."""
    found = running(course=course)
    if found is None or found.group(learner) != ORDER:
        return False
    return not Departure.objects.filter(experiment_id=found.id, learner_id=learner).exists()


def leave(*, course: str, learner: str) -> None:
    """Take a learner out of the experiment that runs, for good; nothing where none does."""
    found = running(course=course)
    if found:
        Departure.objects.get_or_create(experiment_id=found.id, learner_id=learner)


def departures(*, learner: str) -> list[dict[str, str]]:
    """The experiments that a learner left, for that learner: course, and since when."""
    rows = Departure.objects.filter(learner_id=learner).order_by("pk").values_list("experiment__course", "since")
    return [{"course": course, "since": since.isoformat()} for course, since in rows]


def gone(*, experiment: ExperimentInfo) -> set[str]:
    """Pseudonyms of those who left it, or switched suggestions off."""
    left = Departure.objects.filter(experiment_id=experiment.id).values_list("learner_id", flat=True)
    return {str(learner) for learner in left} | capture.switched_off(course=experiment.course)
