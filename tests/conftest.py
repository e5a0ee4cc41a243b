"""What one test must not leave to the next: a connection inside a transaction, a request under way, a language."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
from django.db import connections
from django.utils import translation

# A machine that much else runs on is slow for a moment, and no test is wrong for that.
hypothesis.settings.register_profile("metaedu", deadline=None)
hypothesis.settings.load_profile("metaedu")


@pytest.fixture(autouse=True)
def back_in_autocommit(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails the test that leaves a connection otherwise: those after it would commit nothing, and be blamed for it."""
    yield
    stuck = []
    for connection in connections.all(initialized_only=True):
        # The block that pytest-django puts around a test, and rolls back, is still open here.
        wrapped = any(block._from_testcase for block in connection.atomic_blocks)
        if connection.connection and not connection.autocommit and not wrapped:
            stuck.append(connection.alias)
            connection.connection.close()
            connection.connection = None  # the next query opens it anew, in autocommit
    assert not stuck, f"{request.node.nodeid} leaves connections outside autocommit: {stuck}"


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """A request leaves its reader's language behind in the thread."""
    yield
    translation.deactivate()


@pytest.fixture
def live_server(live_server: Any) -> Iterator[Any]:
    """pytest-django's. The browser is gone by now: what it had asked for ends before the tables are emptied."""
    yield live_server
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(10)
            assert not thread.is_alive(), "a request, or a connection of the browser, outlives its test"
