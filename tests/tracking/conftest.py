"""The real event tracking, set up as a platform sets it up, and at its end a backend that keeps the events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from eventtracking import tracker
from eventtracking.django import DjangoTracker

from metaedu_plugin import tracking
from tests.tracking import collecting
from tests.tutoring.conftest import ana, ask, ben, course, stack

__all__ = ["ana", "ask", "ben", "course", "stack"]

Events = Callable[..., list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    """What one test was shown is not shown already in the next."""
    cache.clear()
    tracking._complained.clear()
    yield
    cache.clear()


@pytest.fixture
def events(settings: Any) -> Iterator[Events]:
    """`events(name)`: the data of the events of this name so far."""
    settings.EVENT_TRACKING_BACKENDS = {
        "log": {
            "ENGINE": "eventtracking.backends.routing.RoutingBackend",
            "OPTIONS": {"backends": {"kept": {"ENGINE": "tests.tracking.collecting.Collecting"}}},
        }
    }
    before = dict(tracker.TRACKERS)
    tracker.register_tracker(DjangoTracker())
    collecting.received.clear()

    def found(name: str) -> list[dict[str, Any]]:
        return [event["data"] for event in collecting.received if event["name"] == name]

    yield found
    tracker.TRACKERS.clear()
    tracker.TRACKERS.update(before)
