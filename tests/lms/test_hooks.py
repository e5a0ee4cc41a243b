"""What the hooks into the LMS's pages hold back, and what they cost."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.lms.course import CAPITAL, add_problem
from tests.lms.test_instructor import SECTION, dashboard

PLACE = re.compile(r'class="me-feedback" data-course="[^"]*" data-problem="([^"]*)" data-block="([^"]*)"')


def places(somebody: Any, course: Any) -> list[tuple[str, str]]:
    """Problem and block of each place in the unit."""
    page = somebody.client.get(f"/xblock/{course.unit}")
    assert page.status_code == 200, page.status_code
    return PLACE.findall(page.content.decode())


def asked(somebody: Any, course: Any, problem: Any) -> str:
    """Status of the API's answer about a problem."""
    answer = somebody.ask(course, "feedback", problem=str(problem))
    assert answer.status_code == 200, answer.content
    return answer.json()["status"]


def change(course: Any, key: Any, **fields: Any) -> None:
    """Set fields of a block and publish it."""
    edit(course, lambda store, author: _set(store, author, key, fields))


def _set(store: Any, author: int, key: Any, fields: dict[str, Any]) -> None:
    block = store.get_item(key)
    for name, value in fields.items():
        setattr(block, name, value)
    store.update_item(block, author)


def edit(course: Any, act: Callable[[Any, int], Any]) -> Any:
    """Act on the draft, then publish the course."""
    from xmodule.modulestore import ModuleStoreEnum
    from xmodule.modulestore.django import modulestore

    store, author = modulestore(), ModuleStoreEnum.UserID.mgmt_command
    with store.branch_setting(ModuleStoreEnum.Branch.draft_preferred), store.bulk_operations(course.key):
        made = act(store, author)
        store.publish(store.get_course(course.key).location, author)
    return made


def test_right_and_wrong_that_the_course_keeps_to_itself_is_not_told(course: Any, learner: Any) -> None:
    assert len(places(learner, course)) == 3

    change(course, course.problems["capital"], show_correctness="never")

    assert str(course.problems["capital"]) not in {problem for problem, _ in places(learner, course)}
    assert len(places(learner, course)) == 2
    learner.answer(course.problems["capital"], part_2_1="choice_0")
    assert asked(learner, course, course.problems["capital"]) == "nothing_yet"
    learner.answer(course.problems["sums"], part_2_1="5", part_3_1="7")
    assert asked(learner, course, course.problems["sums"]) == "ready"


def test_a_timed_exam_has_no_help(course: Any, learner: Any) -> None:
    from xmodule.modulestore.django import modulestore

    change(course, modulestore().get_item(course.unit).get_parent().location, is_time_limited=True)

    page = learner.client.get(f"/xblock/{course.unit}")

    assert "me-feedback" not in page.content.decode()
    learner.answer(course.problems["capital"], part_2_1="choice_0")
    assert asked(learner, course, course.problems["capital"]) == "nothing_yet"


def test_a_copy_out_of_a_library_stands_for_the_problem_that_it_was_made_from(
    course: Any, learner: Any, numbers: Any
) -> None:
    def place(store: Any, author: int) -> Any:
        library = store.create_library("metaedu", f"Lib{next(numbers)}", author, fields={"display_name": "A library"})
        original = add_problem(store, author, library.location, "capital")
        bank = store.create_child(author, course.unit, "library_content", fields={"display_name": "Bank"})
        (copied,) = store.copy_from_template([original.location], bank.location, author)
        return copied

    copied = edit(course, place).for_branch(None)

    found = places(learner, course)

    assert len(found) == 4
    (problem,) = [problem for problem, block in found if block == str(copied)]
    assert problem != str(copied)
    assert learner.answer(copied, part_2_1="choice_0") == "incorrect"
    assert asked(learner, course, problem) == "ready"


def test_what_a_unit_costs_does_not_grow_with_its_problems(course: Any, learner: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def ours() -> int:
        with CaptureQueriesContext(connection) as queries:
            places(learner, course)
        return sum("metaedu_" in query["sql"] for query in queries)

    ours()
    few = ours()

    def more(store: Any, author: int) -> None:
        for number in range(10):
            store.create_child(author, course.unit, "problem", block_id=f"more{number}", fields={"data": CAPITAL})

    edit(course, more)
    assert len(places(learner, course)) == 13
    assert ours() == few <= 1


@pytest.mark.parametrize(
    ("role", "of"),
    [
        ("CourseStaffRole", "course"),
        ("CourseInstructorRole", "course"),
        ("OrgStaffRole", "org"),
        ("OrgInstructorRole", "org"),
    ],
)
def test_each_role_that_teaches_sees_the_insights(course: Any, person: Callable[..., Any], role: str, of: str) -> None:
    from common.djangoapps.student import roles

    somebody = person()
    address = f"/metaedu/insights/{course}/"
    assert somebody.client.get(address).status_code == 404

    getattr(roles, role)(course.key if of == "course" else course.key.org).add_users(somebody.user)

    assert somebody.client.get(address).status_code == 200


@pytest.mark.parametrize(("role", "of"), [("CourseDataResearcherRole", "course"), ("OrgDataResearcherRole", "org")])
def test_who_reads_reports_does_not_teach(course: Any, person: Callable[..., Any], role: str, of: str) -> None:
    from common.djangoapps.student import roles

    somebody = person()
    getattr(roles, role)(course.key if of == "course" else course.key.org).add_users(somebody.user)

    assert somebody.client.get(f"/metaedu/insights/{course}/").status_code == 404
    page = dashboard(somebody, course)
    assert page.status_code == 200
    assert SECTION not in page.content.decode()
    assert f"/metaedu/insights/{course}/" not in page.content.decode()


def test_the_block_that_an_author_places_shows_in_the_unit(course: Any, learner: Any) -> None:
    from xblock.core import XBlock

    from metaedu_plugin.tutoring.xblock import PracticeBlock

    assert XBlock.load_class("metaedu_practice") is PracticeBlock
    edit(course, lambda store, author: store.create_child(author, course.unit, "metaedu_practice"))

    page = learner.client.get(f"/xblock/{course.unit}").content.decode()

    assert "me-practice" in page
    assert "MetaeduPractice" in page
    assert len(places(learner, course)) == 3
