"""Celery's way to a look."""

from __future__ import annotations

import logging

from celery import shared_task

from metaedu_plugin.experiment.data import ExperimentError
from metaedu_plugin.experiment.looks import TASK, look

log = logging.getLogger(__name__)


@shared_task(name=TASK, ignore_result=True)
def look_at(experiment: int) -> None:
    """Look at an experiment; safe to repeat."""
    try:
        look(id=experiment)
    except ExperimentError as error:
        log.warning("experiment: %s", error)
