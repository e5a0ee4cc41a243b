"""Celery tasks, thin: the work is in `pipeline`, which is imported when a worker begins it."""

from __future__ import annotations

import logging

from celery import shared_task

logger = logging.getLogger(__name__)


@shared_task(name="metaedu.train", acks_late=True, reject_on_worker_lost=True)  # type: ignore[untyped-decorator]
def train(run_id: int) -> None:
    """Carry out a training run. A killed worker leaves it to the next, which goes on from the checkpoint."""
    from metaedu_plugin.training import pipeline  # noqa: PLC0415 - torch is loaded by the work, not by its name
    from metaedu_plugin.training.errors import TrainingError  # noqa: PLC0415

    try:
        pipeline.run(run_id)
    except TrainingError as error:
        logger.warning("metaedu: training run %s failed: %s", run_id, error)
