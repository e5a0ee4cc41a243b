"""A request that is not answered, with the reason that its sender is told."""

from __future__ import annotations

from serving.requests import Problem


class Refusal(Exception):
    """Becomes the status, and the problem as body; `retry_after` seconds when to come again helps."""

    def __init__(self, status: int, error: str, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.problem = Problem(error=error, message=message)
        self.retry_after = retry_after
