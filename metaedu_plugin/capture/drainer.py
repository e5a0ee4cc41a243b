"""The thread that drains the spool every second, in each process that receives events."""

from __future__ import annotations

import logging
import os
import threading

from django.conf import settings
from django.db import close_old_connections, connections

log = logging.getLogger(__name__)


class _State:
    pid = 0


def interval() -> float:
    """Seconds between two drains: METAEDU_DRAIN_SECONDS, 1 by default, 0 for none."""
    # .. setting_name: METAEDU_DRAIN_SECONDS
    # .. setting_default: 1.0
    # .. setting_description: How often a process moves its spool to the database, in seconds; 0 leaves it to
    #   metaedu_drain.
    return float(getattr(settings, "METAEDU_DRAIN_SECONDS", 1.0))


def start() -> None:
    """Start this process's thread unless it runs; a forked child has none of its parent's threads."""
    if _State.pid == os.getpid() or interval() <= 0:
        return
    _State.pid = os.getpid()
    threading.Thread(target=_run, name="metaedu-drain", daemon=True).start()


def _run() -> None:
    from metaedu_plugin.capture.drain import drain  # noqa: PLC0415  keeps the queries out of what receive imports

    pause, failing = threading.Event(), False
    while not pause.wait(interval()):
        close_old_connections()
        try:
            drain()
            failing = False
        except Exception as error:
            connections.close_all()
            if not failing:
                log.warning("capture: cannot drain the spool, trying again every %s s: %r", interval(), error)
            failing = True
