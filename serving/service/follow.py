"""A new champion is taken up while requests go on: looked for, verified aside, and only then put in place."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from serving import bundle
from serving.engine import Engine
from serving.schema import MANIFEST

RETRY_AFTER: Final = 30.0
"""Seconds for which what was refused is left alone: it may still be on its way here."""

_log = logging.getLogger(__name__)

Mark = tuple[str, int, int]


class Follower:
    """Follows the bundle at a path: a directory that is replaced, or a link that is set to another one.

    A bundle that is refused, or gone, or not there yet, leaves the model in place that serves; `error` says why.

    Args:
        path: of the bundle.
        engine: whose model is replaced.
        told: `serves` or `refused`, for each version that was looked at.

    """

    def __init__(self, path: str | Path, engine: Engine, told: Callable[[str], None] = lambda outcome: None) -> None:
        self._path, self._engine, self._told = Path(path), engine, told
        self._serves: Mark | None = None
        self._refused: tuple[Mark | None, float] = (None, 0.0)
        self._end = threading.Event()
        self.error = ""
        """Why what lies at the path does not serve; empty when it does."""

    def start(self, every: float) -> None:
        """Look now, and then every so many seconds in a thread of its own."""
        self.look()
        threading.Thread(target=self._run, args=(every,), name="follower", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._end.set()

    def look(self) -> None:
        """Look once, and take up what is new."""
        mark = self._mark()
        refused, until = self._refused
        if mark is None:
            self.error = f"{self._path} is not there; {self._engine.model.name} goes on"
        elif mark == self._serves:
            self.error = ""
        elif mark != refused or time.monotonic() >= until:
            self._take(mark)

    def _take(self, mark: Mark) -> None:
        before = self._engine.model.name
        try:
            # The directory that the link names now: all files are of one version, wherever the link goes meanwhile.
            model = bundle.load(mark[0])
        except Exception as error:  # whatever is wrong with it, the service goes on
            self.error = f"{before} goes on; what lies at {self._path} is refused: {error or type(error).__name__}"
            self._refused = mark, time.monotonic() + RETRY_AFTER
            self._told("refused")
            _log.error("%s", self.error)
            return
        self._engine.replace(model)
        self._serves, self.error = mark, ""
        self._told("serves")
        _log.warning("%s serves in place of %s", model.name, before)

    def _mark(self) -> Mark | None:
        try:
            directory = self._path.resolve(strict=True)
            found = (directory / MANIFEST).stat()
        except OSError:
            return None
        return str(directory), found.st_mtime_ns, found.st_ino

    def _run(self, every: float) -> None:
        while not self._end.wait(every):
            self.look()
