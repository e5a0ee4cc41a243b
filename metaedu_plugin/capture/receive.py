"""In the request: one line to the spool, and nothing that could fail or wait."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.utils import timezone

from metaedu_plugin.capture import drainer, events, spool, switches
from metaedu_plugin.capture.events.base import Slim

log = logging.getLogger(__name__)
encode = msgspec.json.Encoder().encode


class Losses:
    """Events that this process could not write; the log hears of the first of a row."""

    count = 0
    """All of them."""
    failing = False
    """Whether none could be written since the last."""
    row = 0
    """Those of the last row, between two events that were written."""
    last: datetime | None = None
    why = ""

    @classmethod
    def note(cls, error: Exception) -> None:
        """One more."""
        if not cls.failing:
            cls.failing, cls.row = True, 0
            log.warning("capture: cannot write to the spool, events are lost until it works again: %r", error)
        cls.count += 1
        cls.row += 1
        cls.last = timezone.now()
        cls.why = getattr(error, "strerror", None) or str(error) or type(error).__name__


def receive(*, event: Mapping[str, Any]) -> None:
    """Append the event to the spool if it is wanted, without its personal fields.

    Never raises and never touches the database. Nothing is kept while the capture switch is off.
    """
    try:
        small = events.slim(event)
        if small is not None:
            append([small])
    except Exception as error:
        Losses.note(error)


def append(slim: Sequence[Slim]) -> bool:
    """Slim events to the spool, all or none; False while the capture switch is off. Raises OSError (disk full)."""
    drainer.start()
    if not switches.mirrored():
        return False
    spool.writer.append(b"".join(encode(each) + b"\n" for each in slim))
    Losses.failing = False
    return True
