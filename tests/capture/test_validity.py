"""A reset or a rescore: what counted no longer does, in whatever order the events arrive, however often they come."""

from __future__ import annotations

import itertools
import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from msgspec import structs

from metaedu_plugin.capture import api, events, signals, validity
from metaedu_plugin.capture.models import Activity, Response
from tests.capture.conftest import Run
from tests.capture.payloads import COURSE, START, block, check, context, hint

TASK = {"event_source": "task", "page": "x_module_task", "username": "teacher"}


def deleted(*, user: int = 41, name: str = "p1", at: float = 0) -> dict[str, Any]:
    """What the platform emits when an instructor deletes a learner's state: ids are texts, the context is theirs."""
    where = context(1, name)
    del where["module"]
    return {
        "name": "edx.grades.problem.state_deleted",
        "timestamp": START + timedelta(seconds=at),
        "data": {
            "user_id": str(user),
            "course_id": COURSE,
            "problem_id": block(name),
            "instructor_id": "1",
            "event_transaction_id": "0b1c",
            "event_transaction_type": "edx.grades.problem.state_deleted",
        },
        "context": where,
    }


def rescored(*, user: int = 41, name: str = "p1", at: float = 0, earned: float = 1) -> dict[str, Any]:
    return {
        "name": "edx.grades.problem.rescored",
        "timestamp": START + timedelta(seconds=at),
        "data": {
            "user_id": str(user),
            "course_id": COURSE,
            "problem_id": name if name.startswith("block") else block(name),
            "new_weighted_earned": earned,
            "new_weighted_possible": 1,
            "only_if_higher": False,
            "instructor_id": "1",
            "event_transaction_id": "0b1c",
            "event_transaction_type": "edx.grades.problem.rescored",
        },
        "context": {**TASK, "course_id": COURSE},
    }


def rescore(
    *, user: int = 41, name: str = "p1", at: float = 0, attempt: int = 1, correct: bool = True
) -> dict[str, Any]:
    """As the block publishes it from the instructor's task: with the task's fields, without the module's."""
    return {
        "name": "problem_rescore",
        "timestamp": START + timedelta(seconds=at),
        "data": {
            "state": {"seed": 1, "student_answers": {f"{name}_2_1": "my own words"}},
            "problem_id": block(name),
            "orig_score": int(not correct),
            "orig_total": 1,
            "new_score": int(correct),
            "new_total": 1,
            "correct_map": {f"{name}_2_1": {"correctness": "correct" if correct else "incorrect", "npoints": None}},
            "success": "correct" if correct else "incorrect",
            "attempts": attempt,
            "student": f"person-{user}",
            "task_id": "c0ffee",
        },
        "context": {**TASK, "course_id": COURSE, "user_id": user},
    }


def ingest(*some: Any) -> api.Counts:
    return api.ingest(events=some, source="live")


def kept() -> list[tuple[Any, ...]]:
    """All responses, in an order of their own."""
    found = Response.objects.order_by("time", "graded", "attempt", "key").values_list(
        "item", "attempt", "correct", "valid", "time", "graded", "hints", "seconds"
    )
    return [
        (*row[:4], *[moment and (moment - START).total_seconds() for moment in row[4:6]], *row[6:]) for row in found
    ]


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> list[api.Invalidated]:
    heard: list[api.Invalidated] = []

    def hear(*, invalidated: list[api.Invalidated], **_: Any) -> None:
        heard.extend(invalidated)

    monkeypatch.setattr(signals.responses_invalidated, "receivers", [])
    signals.responses_invalidated.connect(hear, weak=False)
    return heard


def test_a_reset_ends_what_was_before_of_that_learner_at_that_problem(ended: list[api.Invalidated]) -> None:
    ingest(check(at=1, correct=False), check(at=2, attempt=2), check(at=1, user=42), check(at=3, name="p2"))
    counts = ingest(deleted(at=9))
    assert (counts.invalidated, counts.activities) == (2, 1)
    ingest(check(at=10))
    left = {(r.learner, r.problem, r.time) for r in api.responses(course=COURSE)}
    mine, other = api.learner_for(user_id=41), api.learner_for(user_id=42)
    assert left == {
        (other, block("p1"), START + timedelta(seconds=1)),
        (mine, block("p2"), START + timedelta(seconds=3)),
        (mine, block("p1"), START + timedelta(seconds=10)),
    }
    assert ended == [api.Invalidated(course=COURSE, learner=mine, problem=block("p1"))]


def test_a_reset_twice_tells_once(ended: list[api.Invalidated]) -> None:
    ingest(check(at=1))
    ingest(deleted(at=9))
    again = ingest(deleted(at=9), check(at=1))
    assert (again.invalidated, again.duplicates, len(ended)) == (0, 2, 1)


def test_a_reset_of_a_library_copy_names_the_copy() -> None:
    answered, elsewhere = check(at=1, name="copy"), check(at=1, name="other")
    for event in (answered, elsewhere):
        event["context"]["module"]["original_usage_key"] = "lib-block-v1:original"
    ingest(answered, elsewhere)
    assert ingest(deleted(at=9, name="copy")).invalidated == 1
    assert [row.key for row in api.responses(course=COURSE)] == [row.key for row in Response.objects.filter(valid=True)]
    assert Response.objects.filter(valid=True, problem="lib-block-v1:original").count() == 1


def test_a_row_of_before_the_migration_is_found_by_its_problem() -> None:
    ingest(check(at=1))
    Response.objects.update(place=None)
    assert ingest(deleted(at=9)).invalidated == 1


SCENES = {
    "reset between": [check(at=1, correct=False), deleted(at=5), check(at=9)],
    "rescore": [
        hint(at=0),
        check(at=1, correct=False),
        check(at=40, attempt=2, correct=False),
        rescored(at=99),
        rescore(at=100, attempt=2),
    ],
    "rescored twice": [check(at=1), rescore(at=100, correct=False), rescore(at=200, correct=True)],
    "answered after": [check(at=1, correct=False), rescore(at=100), check(at=150, attempt=2)],
    "rescored, then reset": [check(at=1, correct=False), rescore(at=100), deleted(at=150)],
}


@pytest.mark.parametrize("scene", SCENES)
def test_every_order_ends_in_the_same_rows(scene: str) -> None:
    wanted = None
    for order in itertools.permutations(SCENES[scene]):
        for batches in ([[event] for event in order], [list(order)]):
            Response.objects.all().delete()
            Activity.objects.all().delete()
            for batch in batches:
                ingest(*batch)
            found = [row[:6] for row in kept()]
            wanted = wanted or found
            assert found == wanted, [event["name"] for event in order]


def test_a_rescore_replaces_the_last_attempt_where_and_when_it_was_given(told: list[api.Captured]) -> None:
    ingest(*SCENES["rescore"][:3])
    del told[:]
    counts = ingest(*SCENES["rescore"][3:])
    assert (counts.responses, counts.invalidated) == (1, 2)
    (left,) = api.responses(course=COURSE)
    assert (left.correct, left.score, left.attempt, left.hints, left.seconds) == (True, 1.0, 2, 1, 39.0)
    assert left.time == START + timedelta(seconds=40)
    assert [row.key for row in told] == [left.key]


def test_a_late_answer_to_what_was_reset_is_kept_and_told_to_nobody(told: list[api.Captured]) -> None:
    ingest(deleted(at=5))
    assert ingest(check(at=1)).responses == 1
    assert not told
    assert not list(api.responses(course=COURSE))
    assert api.span().responses == 0


def test_a_rescore_with_queued_inputs_leaves_them_to_the_grader() -> None:
    event = rescore(at=100)
    event["data"]["correct_map"]["p1_3_1"] = {"correctness": "incomplete", "queuestate": {"key": "k", "time": "t"}}
    ingest(check(at=1), event)
    assert [(r.item, r.correct) for r in api.responses(course=COURSE)] == [(f"{block('p1')}#2_1", True)]


def test_a_block_that_is_no_problem_gets_its_new_score_from_the_grade_event() -> None:
    drag = block("d1").replace("type@problem", "type@drag-and-drop-v2")
    ingest(rescored(name=drag, at=50, earned=0.5))
    (left,) = api.responses(course=COURSE)
    assert (left.item, left.score, left.correct, left.attempt) == (drag, 0.5, False, 1)


def test_the_learners_and_the_instructors_names_go_nowhere() -> None:
    for event in (rescore(), rescored(), deleted()):
        text = json.dumps(events.slim(event))
        assert not [word for word in ("person-41", "teacher", "my own words", "c0ffee") if word in text]


def test_a_rescore_from_the_log_reads_as_in_the_process() -> None:
    live = rescore(at=100)
    log = {
        "name": live["name"],
        "event_type": live["name"],
        "event": live["data"],
        "time": live["timestamp"].isoformat(),
        "event_source": "task",
        "context": {"user_id": 41, "course_id": COURSE},
    }
    ingest(live)
    assert ingest(log).duplicates == 2


def test_a_reset_that_another_process_commits_while_the_answer_is_on_its_way(
    monkeypatch: pytest.MonkeyPatch, told: list[api.Captured]
) -> None:
    mark = validity.mark
    begun: list[threading.Thread] = []

    def read_then_another_commits(*rows: Any) -> None:
        mark(*rows)
        if not begun:
            begun.append(threading.Thread(target=lambda: (ingest(deleted(at=5)), connections.close_all())))
            begun[0].start()
            begun[0].join()

    monkeypatch.setattr(validity, "mark", read_then_another_commits)
    ingest(check(at=1), check(at=9))
    assert Activity.objects.count() == 1
    assert [row.time for row in api.responses(course=COURSE)] == [START + timedelta(seconds=9)]
    assert [row.time for row in told] == [START + timedelta(seconds=9)]


def test_an_answer_that_is_not_yet_visible_to_the_reset_that_ends_it(
    monkeypatch: pytest.MonkeyPatch, ended: list[api.Invalidated]
) -> None:
    ingest(check(at=1))
    end = validity.end
    seen = iter([(0, [])])  # what a transaction sees that began before the answer was committed
    monkeypatch.setattr(validity, "end", lambda *rows: next(seen, None) or end(*rows))
    ingest(deleted(at=5))
    assert not list(api.responses(course=COURSE))
    assert len(ended) == 1


def test_the_grade_of_a_rescored_problem_that_comes_last_ends_nothing() -> None:
    ingest(check(at=1, correct=False), rescore(at=100), rescored(at=101))
    assert [(row.correct, row.time) for row in api.responses(course=COURSE)] == [(True, START + timedelta(seconds=1))]


def test_an_answer_that_another_process_commits_while_its_rescore_is_on_its_way(
    monkeypatch: pytest.MonkeyPatch, told: list[api.Captured]
) -> None:
    recall = validity.recall
    begun: list[threading.Thread] = []

    def read_then_another_commits(*rows: Any) -> None:
        recall(*rows)
        if not begun:
            answer = check(at=1, attempt=3, correct=False)
            begun.append(threading.Thread(target=lambda: (ingest(answer), connections.close_all())))
            begun[0].start()
            begun[0].join()

    monkeypatch.setattr(validity, "recall", read_then_another_commits)
    ingest(rescore(at=100))
    (left,) = api.responses(course=COURSE)
    assert (left.time, left.attempt, left.correct) == (START + timedelta(seconds=1), 3, True)
    assert told[-1] == structs.replace(left, id=0)


def test_a_rescored_answer_whose_moment_is_known_late_is_told_anew(ended: list[api.Invalidated]) -> None:
    ingest(rescore(at=100))
    assert not ended
    ingest(check(at=1, correct=False))
    assert ended == [api.Invalidated(course=COURSE, learner=api.learner_for(user_id=41), problem=block("p1"))]


def test_what_an_instructor_does_is_no_step_of_the_learner() -> None:
    ingest(check(at=0), check(at=100, name="p2"))
    ingest(deleted(at=110))
    ingest(check(at=130), rescore(at=140, name="p2"), check(at=150, name="p3"))
    assert [row.seconds for row in api.responses(course=COURSE)] == [100.0, 30.0, 20.0]


ON_A_SERVER = """
import django; django.setup()
from metaedu_plugin.capture import api
from metaedu_plugin.capture.models import Response
from tests.capture.conftest import Run
from tests.capture.payloads import COURSE, check
from tests.capture.test_validity import deleted, rescore
for batch in (
    [check(user=1, at=1, correct=False), check(user=2, at=1), check(user=3, at=1)],
    [rescore(user=1, at=9), rescore(user=4, at=9), deleted(user=2, at=9)],
    [check(user=4, at=2, correct=False)],
    [rescore(user=1, at=9), deleted(user=2, at=9), check(user=2, at=1), check(user=4, at=2, correct=False)],
):
    counts = api.ingest(events=batch, source="live")
    print(counts.responses, counts.invalidated, counts.duplicates, counts.dead)
for row in api.responses(course=COURSE):
    print(row.time.second, row.correct)
print(Response.objects.filter(valid=False).count())
"""


def test_on_every_database(server: Run) -> None:
    assert server("-c", ON_A_SERVER).stdout.splitlines() == [
        "3 0 0 0",
        "2 2 0 0",
        "1 0 0 0",
        "0 0 5 0",
        "1 True",
        "1 True",
        "2 True",
        "3",
    ]
