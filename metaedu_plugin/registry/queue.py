"""Tasks sent by name: who carries them out is not known here."""

from __future__ import annotations

from typing import Any

from celery import current_app
from django.conf import settings


def send(task: str, *args: Any) -> None:
    """Queue it, or raise within seconds what the broker's client raises."""
    # Celery waits for a broker without end unless its connection is opened by hand with a limit.
    with current_app.connection_for_write(connect_timeout=2) as connection:
        connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=2)
        current_app.send_task(
            task,
            args=list(args),
            # .. setting_name: METAEDU_QUEUE
            # .. setting_default: None
            # .. setting_description: Celery queue of trainings and replays; None for Celery's own default.
            queue=getattr(settings, "METAEDU_QUEUE", None),
            connection=connection,
            retry=False,
            ignore_result=True,
        )
