"""The end of the platform's event tracking: a backend that keeps what reaches it."""

from __future__ import annotations

from typing import Any

received: list[dict[str, Any]] = []


class Collecting:
    """As any backend of event tracking is called."""

    def send(self, event: dict[str, Any]) -> None:
        """Keep the event."""
        received.append(event)


class Broken:
    """A backend that fails while it is set up on the way to others."""

    def __call__(self, event: dict[str, Any]) -> None:
        raise RuntimeError("the processor is broken")
