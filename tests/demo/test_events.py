"""The platform's events have the shape of Open edX's, and capture understands them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from deploy.demo import attempts, events
from deploy.demo.events import By
from deploy.demo.models import ProblemState
from metaedu_plugin.capture import api as capture
from tests.demo.conftest import find, form, key

BY = By(7, "lea", datetime(2026, 5, 4, 12, 0, tzinfo=UTC))


def checked(course, problem, *answers, state=None):
    found = find(course, problem)
    state = state or ProblemState(user_id=7, problem=problem)
    return attempts.check(state, course, found, form(found, *answers), by=BY)[1]


def test_a_check_tells_what_the_platform_tells(course):
    state = ProblemState(user_id=7, problem="comparing-3")
    checked(course, "comparing-3", "9", "11", "{3/4}", state=state)
    event = checked(course, "comparing-3", "9", "10", "{3/4}", state=state)

    block = course.block("problem", "comparing-3")
    assert event["name"] == "problem_check"
    assert event["timestamp"] == BY.time
    data = event["data"]
    assert (data["problem_id"], data["attempts"], data["success"]) == (block, 2, "incorrect")
    assert (data["grade"], data["max_grade"]) == (2, 3)
    assert data["answers"] == {"comparing-3_2_1": "9", "comparing-3_3_1": "10", "comparing-3_4_1": "choice_0"}
    assert data["correct_map"]["comparing-3_4_1"]["correctness"] == "incorrect"
    assert data["submission"]["comparing-3_2_1"]["response_type"] == "numericalresponse"
    assert data["submission"]["comparing-3_4_1"]["answer"] == "3/4"
    assert data["state"]["student_answers"]["comparing-3_3_1"] == "11"
    assert data["state"]["done"]
    assert event["context"]["course_id"] == course.key
    assert event["context"]["user_id"] == 7
    assert event["context"]["module"]["usage_key"] == block


def test_partial_credit_passes_for_correct_as_on_the_platform(course):
    event = checked(course, "equivalent-4", ["{4/6}", "{10/15}"])
    assert event["data"]["success"] == "correct"
    assert event["data"]["submission"]["equivalent-4_2_1"]["correct"] is True
    assert event["data"]["correct_map"]["equivalent-4_2_1"]["correctness"] == "partially-correct"
    assert event["data"]["grade"] == 0.6


@pytest.mark.django_db
def test_capture_takes_every_kind_of_event(course):
    found = find(course, "comparing-3")
    happened = [
        events.enrolled(course, by=BY),
        events.page_read(course, "comparing", by=BY),
        events.hint_displayed(course, found, index=0, by=BY),
        events.show_answer(course, found, by=BY),
        checked(course, "comparing-3", "9", "11", "{5/6}"),
        checked(course, "equivalent-4", ["{4/6}", "{10/15}"]),
    ]
    counts = capture.ingest(events=happened, source="test")
    assert (counts.responses, counts.activities, counts.dead, counts.ignored) == (4, 4, 0, 0)

    rows = {row.item.rpartition("@")[2]: row for row in capture.responses(course=course.key)}
    assert rows["comparing-3#2_1"].correct and not rows["comparing-3#3_1"].correct
    assert rows["comparing-3#4_1"].choice == "choice_1"
    assert rows["comparing-3#2_1"].choice == "", "a number is the learner's own words"
    assert (rows["equivalent-4#2_1"].correct, rows["equivalent-4#2_1"].score) == (False, 0.6)


@pytest.mark.django_db
def test_every_problem_of_the_course_becomes_the_curriculums_items(demo):
    from metaedu_plugin.curriculum import api as curriculum

    happened = []
    for _, found in demo.problems():
        state = ProblemState(user_id=7, problem=found.id)
        happened.append(attempts.check(state, demo, found, key(found), by=BY)[1])
    counts = capture.ingest(events=happened, source="test")

    captured = {row.item for row in capture.responses(course=demo.key)}
    assert counts.responses == len(captured)
    assert captured == set(curriculum.items(course=demo.key))
    assert all(row.correct for row in capture.responses(course=demo.key))
