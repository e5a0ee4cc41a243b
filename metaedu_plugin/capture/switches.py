"""Instance-wide switches. The database holds them; a file mirrors the one that requests ask for."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from metaedu_plugin.capture.models import Switch


def is_on(*, name: str) -> bool:
    """Whether a switch is on; one that was never touched is. Raises ValueError for an unknown name."""
    known = Switch.Name(name)
    found = Switch.objects.filter(name=known.value).values_list("on", flat=True).first()
    return True if found is None else found


def switch(*, name: str, on: bool, by: str) -> None:
    """Turn a switch; `by` names the person or command, for the record. Raises ValueError for an unknown name."""
    known = Switch.Name(name)
    Switch.objects.update_or_create(name=known.value, defaults={"on": on, "changed_by": by[:150]})
    if known is Switch.Name.CAPTURE:
        _write(on=on)


def mirror() -> None:
    """Bring this machine's mirror up to date: another machine may have turned the switch."""
    _write(on=is_on(name=Switch.Name.CAPTURE))


def mirrored() -> bool:
    """The capture switch as this machine last saw it, without the database."""
    return not os.path.exists(_off())  # noqa: PTH110  in each request: a path object costs more than the look


def _off() -> str:
    return f"{settings.METAEDU_DATA_DIR}/capture.off"


def _write(*, on: bool) -> None:
    if on:
        with suppress(FileNotFoundError):
            Path(_off()).unlink()
    elif mirrored():
        Path(_off()).parent.mkdir(parents=True, exist_ok=True)
        Path(_off()).touch()
