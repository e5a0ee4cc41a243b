"""The platform's event tracking hands its events to this backend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from metaedu_plugin.capture.receive import receive


class CaptureBackend:
    """Backend of event-tracking, for `EVENT_TRACKING_BACKENDS`; cheap enough to run in the request.

    Takes and ignores the options that a registration may give.
    """

    def __init__(self, **_: Any) -> None:
        """Nothing to prepare: the spool opens with the first event."""

    def send(self, event: Mapping[str, Any]) -> None:
        """Receive one event in the in-process shape."""
        receive(event=event)
