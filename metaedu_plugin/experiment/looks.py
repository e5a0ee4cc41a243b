"""Looks: an experiment's figures, worked out by a worker and kept; asked for by who wants them fresh."""

from __future__ import annotations

import logging
from typing import Final

import msgspec
from django.utils import timezone
from django.utils.translation import gettext as _

from metaedu_plugin.capture import api as capture
from metaedu_plugin.experiment import running
from metaedu_plugin.experiment.data import Difference, ExperimentError, ExperimentInfo, LookInfo
from metaedu_plugin.experiment.models import Experiment, Look
from metaedu_plugin.registry import api as registry

log = logging.getLogger(__name__)

TASK: Final = "metaedu.experiment.look"


def looks(*, experiment: ExperimentInfo) -> list[LookInfo]:
    """All looks at an experiment, the oldest first."""
    rows = Look.objects.filter(experiment_id=experiment.id)
    return [LookInfo(made=row.made, difference=msgspec.convert(row.figures, Difference)) for row in rows]


def request_look(*, experiment: ExperimentInfo) -> None:
    """Queue a look. A broker that is down is told on the page, and is no exception."""
    rows = Experiment.objects.filter(pk=experiment.id)
    rows.update(asked=timezone.now())
    try:
        registry.send(TASK, experiment.id)
    except Exception as error:  # the broker's client has exceptions of its own kind for every transport
        log.warning("experiment %d: a look could not be queued: %s", experiment.id, error)
        said = _("The queue could not be reached. Ask those who run the platform to start the message broker.")
        rows.update(asked=None, trouble=said)


def look(*, id: int) -> LookInfo:
    """Look at an experiment now, and keep what is seen. Raises ExperimentError; what else it raises is kept as well.

    Takes seconds for a large course: for workers and commands, never for a request.
    """
    row = Experiment.objects.filter(pk=id).first()
    if row is None:
        raise ExperimentError(f"There is no experiment {id}.")
    experiment = ExperimentInfo.of(row)
    try:
        found = _compared(experiment)
    except Exception as error:
        Experiment.objects.filter(pk=id).update(asked=None, trouble=f"{type(error).__name__}: {error}")
        raise
    made = Look.objects.create(experiment_id=id, made=timezone.now(), figures=msgspec.to_builtins(found))
    Experiment.objects.filter(pk=id).update(asked=None, trouble="")
    return LookInfo(made=made.made, difference=found)


def refresh(*, course: str = "") -> list[tuple[ExperimentInfo, LookInfo]]:
    """Look at all experiments that run, or at a course's: for the night. Raises as `look`."""
    rows = Experiment.objects.filter(open=True)
    if course:
        rows = rows.filter(course=course)
    return [(ExperimentInfo.of(row), look(id=row.pk)) for row in rows]


def _compared(experiment: ExperimentInfo) -> Difference:
    # scipy, which nothing that answers requests loads.
    from metaedu_plugin.experiment.difference import compare  # noqa: PLC0415
    from metaedu_plugin.experiment.firsts import first_attempts  # noqa: PLC0415

    capture.drain()
    firsts = first_attempts(experiment=experiment, without=running.gone(experiment=experiment))
    return compare(firsts, share=experiment.share, smallest=experiment.smallest)
