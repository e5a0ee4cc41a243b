"""What the plugin costs the requests of the LMS. Times are of the thread's own work: a busy machine does not count."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import pytest

MILLISECOND = 0.001


@pytest.fixture
def queries() -> Callable[[Callable[[], Any]], list[str]]:
    """Statements of ours that a call makes."""

    def made(call: Callable[[], Any]) -> list[str]:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as seen:
            call()
        return [query["sql"] for query in seen.captured_queries if "metaedu_" in query["sql"]]

    return made


def timed(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> list[float]:
    """Seconds of work of each call of a function from now on."""
    took: list[float] = []
    real = getattr(owner, name)

    def wrapped(*arguments: Any, **named: Any) -> Any:
        began = time.thread_time()
        try:
            return real(*arguments, **named)
        finally:
            took.append(time.thread_time() - began)

    monkeypatch.setattr(owner, name, wrapped)
    return took


def test_an_answer_costs_less_than_a_millisecond_and_no_query(
    course: Any, learner: Any, monkeypatch: pytest.MonkeyPatch, queries: Callable[..., list[str]]
) -> None:
    from metaedu_plugin.capture import backend

    problem = course.problems["sums"]
    learner.answer(problem, part_2_1="5", part_3_1="8")  # the first one opens the spool
    took = timed(monkeypatch, backend, "receive")

    ours = queries(lambda: [learner.answer(problem, part_2_1="5", part_3_1=str(each)) for each in range(10)])

    assert ours == []
    assert len(took) >= 10
    assert statistics.median(took) < MILLISECOND


def test_a_unit_costs_milliseconds_and_hardly_a_query(
    course: Any, learner: Any, monkeypatch: pytest.MonkeyPatch, queries: Callable[..., list[str]]
) -> None:
    from metaedu_plugin.tutoring.openedx import FeedbackBelowProblems

    def unit() -> None:
        assert learner.client.get(f"/xblock/{course.unit}").status_code == 200

    unit()
    took = timed(monkeypatch, FeedbackBelowProblems, "run_filter")
    ours = [queries(unit) for _ in range(5)]

    assert max(map(len, ours)) <= 3, ours
    assert len(took) == 5
    assert statistics.median(took) < 10 * MILLISECOND
