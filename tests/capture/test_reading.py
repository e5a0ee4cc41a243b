"""What is stored, learner by learner and of several learners at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from metaedu_plugin.capture import api
from metaedu_plugin.capture.models import Learner, Response

pytestmark = pytest.mark.django_db
COURSE = "course-v1:Owl+READ+2026"
BEGUN = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def learners() -> list[str]:
    """Three learners whose answers are stored in another order than they were given in; the last has none here."""
    made = [Learner.objects.create(pseudonym=f"{n:032x}") for n in range(3)]
    for number in range(12):
        Response.objects.create(
            key=f"{number:032x}", learner=made[number % 2], course=COURSE, problem="p", item="p", score=1.0,
            correct=True, valid=number != 4, time=None if number == 5 else BEGUN - timedelta(hours=number // 3),
        )  # fmt: skip
    Response.objects.create(
        key="e" * 32, learner=made[2], course=COURSE + "x", problem="p", item="p", score=1.0, correct=True, time=BEGUN
    )
    return [one.pseudonym for one in made]


def test_of_several_learners_it_is_what_it_is_of_each(learners: list[str]) -> None:
    found = api.responses_of(course=COURSE, learners=[*learners, "f" * 32])
    assert [*found] == [*learners, "f" * 32]
    assert [len(its) for its in found.values()] == [5, 6, 0, 0]
    for learner in learners:
        one_by_one = [row for row in api.responses(course=COURSE, learner=learner) if row.time]
        assert [row for row in found[learner] if row.time] == one_by_one
    last = max(row.id for its in found.values() for row in its)
    assert api.responses_of(course=COURSE, learners=learners[:2], after=last - 2) == {
        learner: [row for row in found[learner] if row.id > last - 2] for learner in learners[:2]
    }
    assert api.responses_of(course=COURSE, learners=[]) == {}


def test_it_looks_at_these_learners_and_not_at_the_whole_course(learners: list[str]) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the plan is read as SQLite tells it")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        api.responses_of(course=COURSE, learners=learners)
    query = asked.captured_queries[-1]["sql"]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {query}")
        plan = " ".join(str(row) for row in cursor.fetchall())
    assert "learner_id=?" in plan and "SCAN" not in plan, plan
