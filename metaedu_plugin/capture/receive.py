"""In the request: one line to the spool, and nothing that could fail or wait."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from metaedu_plugin.capture import drainer, events, spool, switches
from metaedu_plugin.capture.events.base import Slim

log = logging.getLogger(__name__)
encode = msgspec.json.Encoder().encode


class Losses:
    """Events that could not be written, counted in this process; the log hears of the first of a row."""

    count = 0
    failing = False


def receive(*, event: Mapping[str, Any]) -> None:
    """Append the event to the spool if it is wanted, without its personal fields.

    Never raises and never touches the database. Nothing is kept while the capture switch is off.
    """
    try:
        small = events.slim(event)
        if small is not None:
            append([small])
    except Exception as error:
        Losses.count += 1
        if not Losses.failing:
            Losses.failing = True
            log.warning("capture: cannot write to the spool, events are lost until it works again: %r", error)


def append(slim: Sequence[Slim]) -> bool:
    """Slim events to the spool, all or none; False while the capture switch is off. Raises OSError (disk full)."""
    drainer.start()
    if not switches.mirrored():
        return False
    spool.writer.append(b"".join(encode(each) + b"\n" for each in slim))
    Losses.failing = False
    return True
