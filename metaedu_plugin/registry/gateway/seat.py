"""Who sits in the champion's place, with its engine ready: looked up every few seconds, loaded when it changed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from django.db import transaction

from metaedu_plugin.registry.models import ModelVersion
from serving.tutor import Tutor


class Seat:
    """Gives the champion's engine, or another's while there is no champion that loads. Threads share it.

    `load` makes an engine of a bundle's directory, `empty` gives the other; `every` is how many seconds a look-up
    holds, `retry_after` how long a bundle that did not load is left alone.
    """

    def __init__(
        self,
        *,
        load: Callable[[Path], Tutor],
        empty: Callable[[], Tutor],
        every: float,
        retry_after: float = 30.0,
    ) -> None:
        self._load = load
        self._empty = empty
        self._every = every
        self._retry_after = retry_after
        self._looking = threading.Lock()
        self._loading = threading.Lock()
        self._next_look = 0.0
        self._refused = ("", 0.0)
        self._engine: Tutor | None = None
        self.name: str | None = None
        """The version whose engine answers; None while none does."""
        self.error = ""
        """Why the champion does not serve; empty when it does."""

    def __call__(self) -> Tutor:
        """The engine. The first call loads it; a new champion is loaded aside, and the old one answers meanwhile."""
        if time.monotonic() >= self._next_look:
            self.look(wait=not self._next_look)
        return self._engine or self._empty()

    def look(self, *, wait: bool) -> None:
        """Look up the champion now, and load it if it is another one: here if `wait`, else in a thread."""
        if not self._looking.acquire(blocking=wait):
            return
        try:
            self._next_look = time.monotonic() + self._every
            try:
                seated = _read()
            except Exception as error:  # the database: whoever served before goes on
                self.error = f"The champion cannot be looked up: {error or type(error).__name__}"
                return
            if seated is None:
                self._engine, self.name, self.error = None, None, ""
                return
            name, path = seated
            refused, until = self._refused
            if name == self.name:
                self.error = ""
            elif name != refused or time.monotonic() >= until:
                self._refused = (name, time.monotonic() + self._retry_after)
                if wait:
                    self._take(name, path)
                else:
                    threading.Thread(target=self._take, args=(name, path), daemon=True).start()
            elif wait:
                with self._loading:  # a thread may be at it: its outcome is what is asked for
                    pass
        finally:
            self._looking.release()

    def _take(self, name: str, path: Path) -> None:
        with self._loading:
            try:
                engine = self._load(path)
            except Exception as error:  # a bundle that does not load must leave the one before in place
                self.error = f"Version {name} does not load: {error or type(error).__name__}"
                return
            self._engine, self.name, self.error = engine, name, ""
            self._refused = ("", 0.0)


def _read() -> tuple[str, Path] | None:
    # A savepoint of its own: should the table be missing, the transaction of the page around it stays whole.
    with transaction.atomic():
        row = ModelVersion.objects.filter(seat=1).values_list("name", "path").first()
    return (row[0], Path(row[1])) if row else None
