"""Celery tasks, thin: the work is in `pipeline`, which is imported when a worker begins it."""

from __future__ import annotations

import logging

from celery import Task, shared_task

from metaedu_plugin.registry import api as registry
from metaedu_plugin.training.errors import TrainingError, not_installed
from metaedu_plugin.training.progress import TaskState

logger = logging.getLogger(__name__)


@shared_task(name="metaedu.train", bind=True, acks_late=True, reject_on_worker_lost=True)  # type: ignore[untyped-decorator]
def train(self: Task, run_id: int) -> None:
    """Carry out a training run. A killed worker leaves it to the next, which goes on from the checkpoint."""
    try:
        from metaedu_plugin.training import pipeline  # noqa: PLC0415 - torch is loaded by the work, not by its name
    except Exception as error:  # a half-installed library may raise anything; the run must not stay queued
        logger.exception("metaedu: training run %s cannot begin", run_id)
        registry.update_run(id=run_id, state="failed", message=not_installed(error))
        return
    try:
        pipeline.run(run_id, listener=TaskState(self))
    except TrainingError as error:
        logger.warning("metaedu: training run %s failed: %s", run_id, error)
