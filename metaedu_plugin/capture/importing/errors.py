"""What ends an import."""

from __future__ import annotations

from metaedu_plugin.capture.data import Counts


class ImportFailed(Exception):
    """The file cannot be read (on); the message is one line for the operator, `counts` is what went in before."""

    def __init__(self, message: str, counts: Counts | None = None) -> None:
        super().__init__(message)
        self.counts = counts or Counts()
