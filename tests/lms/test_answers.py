"""Answers given in the LMS become responses, with strict marks, and feedback follows."""

from __future__ import annotations

from typing import Any

from metaedu_plugin.capture import api as capture


def rows(course: Any, somebody: Any) -> list[Any]:
    """What is stored of somebody, after a drain."""
    capture.drain()
    pseudonym = capture.learner_for(user_id=somebody.user.pk)
    return list(capture.responses(course=str(course), learner=pseudonym))


def test_a_right_and_a_wrong_answer(course: Any, learner: Any) -> None:
    assert learner.answer(course.problems["capital"], part_2_1="choice_0") == "incorrect"
    assert learner.answer(course.problems["capital"], part_2_1="choice_1") == "correct"

    first, second = rows(course, learner)
    assert (first.correct, first.score, first.attempt) == (False, 0.0, 1)
    assert (second.correct, second.score, second.attempt) == (True, 1.0, 2)
    assert first.problem == str(course.problems["capital"])
    assert first.choice == "choice_0"


def test_each_part_is_an_item(course: Any, learner: Any) -> None:
    assert learner.answer(course.problems["sums"], part_2_1="5", part_3_1="8") == "incorrect"

    marks = {row.part: row.correct for row in rows(course, learner)}
    assert marks == {"2_1": True, "3_1": False}


def test_partial_credit_is_not_correct(course: Any, learner: Any) -> None:
    # The platform itself calls this "correct".
    assert learner.answer(course.problems["primes"], **{"part_2_1[]": ["choice_0", "choice_1"]}) == "correct"

    (row,) = rows(course, learner)
    assert not row.correct
    assert 0 < row.score < 1


def test_feedback_changes_with_each_answer(course: Any, learner: Any) -> None:
    problem = course.problems["capital"]
    before = learner.ask(course, "feedback", problem=str(problem)).json()
    assert before["status"] == "nothing_yet"

    learner.answer(problem, part_2_1="choice_0")
    wrong = learner.ask(course, "feedback", problem=str(problem), since="none").json()
    learner.answer(problem, part_2_1="choice_1")
    right = learner.ask(course, "feedback", problem=str(problem), since=wrong["attempt"]).json()

    assert wrong["status"] == right["status"] == "ready"
    assert wrong["attempt"] != right["attempt"]
    assert wrong["parts"] != right["parts"]


def test_what_the_learner_is_told_of_a_course(course: Any, learner: Any) -> None:
    learner.answer(course.problems["capital"], part_2_1="choice_1")
    for what in ("next", "plan", "mastery"):
        answer = learner.ask(course, what)
        assert answer.status_code == 200, (what, answer.content)
    page = learner.client.get(f"/metaedu/learn/{course}/")
    assert page.status_code == 200


def test_nobody_is_told_anything_without_signing_in(course: Any, client: Any) -> None:
    answer = client.get(f"/metaedu/api/v1/courses/{course}/next")
    assert answer.status_code in {401, 403}


def test_what_is_kept_names_nobody(course: Any, learner: Any, settings: Any) -> None:
    learner.answer(course.problems["sums"], part_2_1="5", part_3_1="8")

    spooled = b"".join(path.read_bytes() for path in settings.METAEDU_DATA_DIR.glob("spool/*"))
    assert b"problem_check" in spooled
    for personal in (learner.user.username, learner.user.email, "127.0.0.1"):
        assert personal.encode() not in spooled
