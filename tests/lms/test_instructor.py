"""The instructor dashboard, and what its actions do to what we keep."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from metaedu_plugin.capture import api as capture
from metaedu_plugin.capture.models import Response
from tests.lms.course import CAPITAL

SECTION = 'data-section="metaedu"'


def dashboard(somebody: Any, course: Any) -> Any:
    """The page of the LMS."""
    return somebody.client.get(f"/courses/{course}/instructor")


def test_staff_of_the_course_see_the_section(course: Any, instructor: Any) -> None:
    page = dashboard(instructor, course)

    assert page.status_code == 200
    assert SECTION in page.content.decode()
    assert f"/metaedu/insights/{course}/" in page.content.decode()


def test_the_section_shows_the_page_in_a_frame(course: Any, learner: Any, instructor: Any) -> None:
    learner.answer(course.problems["capital"], part_2_1="choice_0")
    capture.drain()

    page = instructor.client.get(f"/metaedu/insights/{course}/?frame")

    assert page.status_code == 200
    assert page.headers.get("X-Frame-Options", "SAMEORIGIN").upper() != "DENY"


def test_nobody_else_sees_anything(course: Any, learner: Any, person: Callable[..., Any], numbers: Any) -> None:
    from tests.lms.course import publish

    teaches_another = person()
    from common.djangoapps.student.roles import CourseStaffRole

    CourseStaffRole(publish(number=f"Other{next(numbers)}").key).add_users(teaches_another.user)
    for somebody in (learner, teaches_another):
        page = dashboard(somebody, course)
        assert page.status_code != 200 or SECTION not in page.content.decode()
        assert somebody.client.get(f"/metaedu/insights/{course}/").status_code == 404


def reset(instructor: Any, course: Any, learner: Any, problem: Any, **more: Any) -> None:
    """`Delete learner's state` or `Reset attempts` of the dashboard's student admin."""
    answer = instructor.client.post(
        f"/courses/{course}/instructor/api/reset_student_attempts",
        {"problem_to_reset": str(problem), "unique_student_identifier": learner.user.username, **more},
    )
    assert answer.status_code == 200, answer.content


def valid(course: Any, learner: Any) -> list[tuple[str, bool]]:
    """What still counts of the learner, by problem."""
    capture.drain()
    pseudonym = capture.learner_for(user_id=learner.user.pk)
    return [(row.problem, row.correct) for row in capture.responses(course=str(course), learner=pseudonym)]


def test_a_deleted_state_invalidates_the_answers_to_the_problem(course: Any, learner: Any, instructor: Any) -> None:
    capital, sums = course.problems["capital"], course.problems["sums"]
    learner.answer(capital, part_2_1="choice_0")
    learner.answer(sums, part_2_1="5", part_3_1="7")
    assert len(valid(course, learner)) == 3

    reset(instructor, course, learner, capital, delete_module=True)

    assert valid(course, learner) == [(str(sums), True), (str(sums), True)]
    assert Response.objects.filter(problem=str(capital), valid=False).count() == 1

    learner.answer(capital, part_2_1="choice_1")
    assert (str(capital), True) in valid(course, learner)


def test_more_attempts_take_nothing_back(course: Any, learner: Any, instructor: Any) -> None:
    capital = course.problems["capital"]
    learner.answer(capital, part_2_1="choice_0")

    reset(instructor, course, learner, capital)

    assert valid(course, learner) == [(str(capital), False)]


def test_a_rescore_with_another_answer_is_taken_over(course: Any, learner: Any, instructor: Any) -> None:
    from xmodule.modulestore import ModuleStoreEnum
    from xmodule.modulestore.django import modulestore

    capital = course.problems["capital"]
    assert learner.answer(capital, part_2_1="choice_0") == "incorrect"
    assert valid(course, learner) == [(str(capital), False)]
    store, author = modulestore(), ModuleStoreEnum.UserID.mgmt_command
    with store.branch_setting(ModuleStoreEnum.Branch.draft_preferred), store.bulk_operations(course.key):
        block = store.get_item(capital)
        block.data = CAPITAL.replace('"false">Lyon', '"true">Lyon')
        store.update_item(block, author)
        store.publish(capital, author)

    answer = instructor.client.post(
        f"/courses/{course}/instructor/api/rescore_problem",
        {"problem_to_reset": str(capital), "unique_student_identifier": learner.user.username},
    )

    assert answer.status_code == 200, answer.content
    assert [correct for _, correct in valid(course, learner)] == [True]
