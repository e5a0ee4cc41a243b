"""Training runs: asked for here, carried out by a worker that this process does not know."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from metaedu_plugin.registry.errors import RegistryError
from metaedu_plugin.registry.log import record
from metaedu_plugin.registry.models import ModelVersion, TrainingRun
from metaedu_plugin.registry.queue import send
from metaedu_plugin.registry.types import RunInfo

TASK: Final = "metaedu.train"
SILENT: Final = timedelta(minutes=15)
"""A run without a sign of life for so long is taken for dead."""
State = TrainingRun.State
logger = logging.getLogger(__name__)


def request_training(*, options: Mapping[str, Any] | None = None, by: str, queue: bool = True) -> int:
    """Queue a training and answer with the run's id. A broker that is down makes a failed run, not an exception.

    Without `queue` the caller carries the run out itself.
    """
    row = TrainingRun.objects.create(options=dict(options or {}))
    record("train", by=by, reason=f"run {row.pk}")
    if not queue:
        return row.pk
    try:
        _send(row.pk)
    except Exception as error:  # the broker's client has exceptions of its own kind for every transport
        logger.warning("metaedu: training run %s could not be queued: %s", row.pk, error)
        told = _(
            "The queue could not be reached (%(error)s). Start the message broker or check its address, "
            "then train again."
        )
        update_run(id=row.pk, state=State.FAILED, message=told % {"error": f"{type(error).__name__}: {error}"})
    return row.pk


def active_run() -> RunInfo | None:
    """A run that is queued or running and has given a sign of life lately."""
    alive = TrainingRun.objects.filter(
        state__in=[State.QUEUED, State.RUNNING], updated__gte=timezone.now() - SILENT
    ).first()
    return RunInfo.of(alive) if alive else None


def runs(*, limit: int = 10) -> list[RunInfo]:
    """The last runs, the newest first."""
    return [RunInfo.of(row) for row in TrainingRun.objects.select_related("version")[:limit]]


def run(*, id: int) -> RunInfo | None:
    """One run."""
    row = TrainingRun.objects.select_related("version").filter(pk=id).first()
    return RunInfo.of(row) if row else None


def update_run(
    *,
    id: int,
    state: str | None = None,
    stage: str | None = None,
    progress: float | None = None,
    epoch: Mapping[str, Any] | None = None,
    epochs: list[dict[str, Any]] | None = None,
    message: str | None = None,
    version: str | None = None,
) -> None:
    """Write down how far a run is; what is not given stays. `epoch` is added to the list, `epochs` replaces it.

    Raises RegistryError when there is no such run.
    """
    row = TrainingRun.objects.filter(pk=id).first()
    if row is None:
        raise RegistryError(f"There is no training run {id}.")
    given = {"stage": stage and stage[:64], "epochs": epochs, "message": message, "state": state}
    for name, value in given.items():
        if value is not None:
            setattr(row, name, value)
    if progress is not None:
        row.progress = min(1.0, max(0.0, progress))
    if epoch is not None:
        row.epochs = [*row.epochs, dict(epoch)]
    if version is not None:
        row.version = ModelVersion.objects.filter(name=version).first()
    if state == State.RUNNING and row.started is None:
        row.started = timezone.now()
    if state in (State.DONE, State.FAILED):
        row.ended = timezone.now()
    row.save()


def _send(run_id: int) -> None:
    send(TASK, run_id)
