"""What instructors reset or have graded again, and what other blocks score, by the platform's own addresses."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from django.test import RequestFactory

from metaedu_plugin.capture import api as capture
from metaedu_plugin.capture.models import Activity, Response
from tests.lms.course import Course


def counted(course: Any, somebody: Any) -> list[Any]:
    """What still counts of somebody, after a drain."""
    capture.drain()
    pseudonym = capture.learner_for(user_id=somebody.user.pk)
    return list(capture.responses(course=str(course), learner=pseudonym))


def ask_platform(instructor: Any, course: Any, what: str, somebody: Any, problem: Any, **more: str) -> None:
    """A button of the instructor dashboard."""
    answer = instructor.client.post(
        f"/courses/{quote(str(course), safe='')}/instructor/api/{what}",
        {"unique_student_identifier": somebody.user.username, "problem_to_reset": str(problem), **more},
    )
    assert answer.status_code == 200, answer.content


def for_all(instructor: Any, course: Any, what: str, problem: Any, **more: str) -> None:
    """The same button for everybody in the course: a task of the platform's does it."""
    answer = instructor.client.post(
        f"/courses/{quote(str(course), safe='')}/instructor/api/{what}",
        {"all_students": "true", "problem_to_reset": str(problem), **more},
    )
    assert answer.status_code == 200, answer.content


def correct(course: Course, name: str, wrong: str, right: str) -> None:
    """The author mends the key of a problem and publishes."""
    from xmodule.modulestore import ModuleStoreEnum
    from xmodule.modulestore.django import modulestore

    store, author = modulestore(), ModuleStoreEnum.UserID.mgmt_command
    with store.branch_setting(ModuleStoreEnum.Branch.draft_preferred):
        block = store.get_item(course.problems[name])
        assert wrong in block.data
        block.data = block.data.replace(wrong, right)
        store.update_item(block, author)
        store.publish(course.problems[name], author)


def add(course: Course, kind: str) -> Any:
    """Another block in the course's unit, as an author adds it."""
    from xmodule.modulestore import ModuleStoreEnum
    from xmodule.modulestore.django import modulestore

    store, author = modulestore(), ModuleStoreEnum.UserID.mgmt_command
    with store.branch_setting(ModuleStoreEnum.Branch.draft_preferred):
        made = store.create_child(author, course.unit, kind, fields={"display_name": "Sort it"})
        store.publish(course.unit, author)
    return made.location


def test_a_reset_makes_answers_invalid(course: Any, learner: Any, instructor: Any, person: Any) -> None:
    other = person()
    other.enrol(course.key)
    for somebody in (learner, other):
        somebody.answer(course.problems["capital"], part_2_1="choice_0")
    learner.answer(course.problems["sums"], part_2_1="5", part_3_1="7")
    assert len(counted(course, learner)) == 3

    ask_platform(
        instructor, course, "reset_student_attempts", learner, course.problems["capital"], delete_module="true"
    )

    assert {row.problem for row in counted(course, learner)} == {str(course.problems["sums"])}
    assert len(counted(course, other)) == 1
    assert Activity.objects.filter(kind="reset", course=str(course)).exists()

    learner.answer(course.problems["capital"], part_2_1="choice_1")
    (again,) = [row for row in counted(course, learner) if row.problem == str(course.problems["capital"])]
    assert (again.correct, again.attempt) == (True, 1)


def test_a_reset_of_a_whole_class(course: Any, learner: Any, instructor: Any, person: Any) -> None:
    other = person()
    other.enrol(course.key)
    for somebody in (learner, other):
        somebody.answer(course.problems["capital"], part_2_1="choice_0")
        somebody.answer(course.problems["sums"], part_2_1="5", part_3_1="7")
    capture.drain()

    # No page of today's offers it, but the platform's task is there, and entrance exams are reset by it.
    from lms.djangoapps.instructor_task.api import submit_delete_problem_state_for_all_students

    request = RequestFactory(headers={"user-agent": "test"}).post("/")
    request.user = instructor.user
    submit_delete_problem_state_for_all_students(request, course.problems["capital"])

    for somebody in (learner, other):
        assert {row.problem for row in counted(course, somebody)} == {str(course.problems["sums"])}


def test_attempts_set_back_without_deleting_leave_answers_as_they_are(
    course: Any, learner: Any, instructor: Any
) -> None:
    learner.answer(course.problems["capital"], part_2_1="choice_0")
    ask_platform(instructor, course, "reset_student_attempts", learner, course.problems["capital"])
    assert len(counted(course, learner)) == 1


def test_a_rescore_gives_the_answer_its_new_mark(course: Any, learner: Any, instructor: Any) -> None:
    assert learner.answer(course.problems["sums"], part_2_1="5", part_3_1="9") == "incorrect"
    before = {row.part: row for row in counted(course, learner)}
    assert [before[part].correct for part in ("2_1", "3_1")] == [True, False]
    correct(course, "sums", 'answer="7"', 'answer="9"')

    ask_platform(instructor, course, "rescore_problem", learner, course.problems["sums"], only_if_higher="false")

    after = {row.part: row for row in counted(course, learner)}
    assert [after[part].correct for part in ("2_1", "3_1")] == [True, True]
    assert all(after[part].time == before[part].time for part in before)
    assert all(after[part].attempt == 1 for part in before)
    assert Response.objects.filter(course=str(course), valid=False).count() == 2


def test_a_rescore_of_a_whole_class(course: Any, learner: Any, instructor: Any, person: Any) -> None:
    other = person()
    other.enrol(course.key)
    learner.answer(course.problems["sums"], part_2_1="5", part_3_1="9")
    other.answer(course.problems["sums"], part_2_1="5", part_3_1="7")
    correct(course, "sums", 'answer="7"', 'answer="9"')

    for_all(instructor, course, "rescore_problem", course.problems["sums"], only_if_higher="false")

    marks = [{row.part: row.correct for row in counted(course, somebody)} for somebody in (learner, other)]
    assert marks == [{"2_1": True, "3_1": True}, {"2_1": True, "3_1": False}]


def test_drag_and_drop_counts_by_its_score(course: Any, learner: Any, instructor: Any) -> None:
    block = add(course, "drag-and-drop-v2")
    address = f"/courses/{course}/xblock/{quote(str(block), safe='')}/handler/drop_item"
    for item, zone in enumerate(("top", "middle", "bottom")):
        drop = {"val": item, "zone": zone, "x_percent": "33%", "y_percent": "11%"}
        answer = learner.client.post(address, json.dumps(drop), content_type="application/json")
        assert answer.status_code == 200, answer.content

    found = [row for row in counted(course, learner) if row.problem == str(block)]
    assert found
    assert all(row.part == "" and row.item == str(block) for row in found)
    assert [row.attempt for row in found] == list(range(1, len(found) + 1))
    assert [row.score for row in found] == sorted(row.score for row in found)
    assert all(row.correct == (row.score == 1) for row in found)

    ask_platform(instructor, course, "reset_student_attempts", learner, block, delete_module="true")
    assert [row for row in counted(course, learner) if row.problem == str(block)] == []


def test_problems_are_counted_by_their_own_event_alone(course: Any, learner: Any) -> None:
    learner.answer(course.problems["capital"], part_2_1="choice_1")
    assert [row.part for row in counted(course, learner)] == ["2_1"]
