"""Log lines as JSON, one each, with the request that they belong to and nothing that a request carried."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import msgspec


class Lines(logging.Formatter):
    """Formats a record as a JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter`."""
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request := getattr(record, "request", None):
            told["request"] = request
        if record.exc_info:
            told["error"] = self.formatException(record.exc_info)
        return msgspec.json.encode(told).decode()


def to_stderr() -> None:
    """Write what serving logs to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(Lines())
    logger = logging.getLogger("serving")
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.INFO)
