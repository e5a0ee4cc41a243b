"""A coach makes a custom course (CCX) out of a course: keys of another form, content hidden and dated by the coach."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.curriculum.errors import CurriculumError
from tests.lms.course import Course
from tests.lms.test_hooks import change, places


@pytest.fixture
def coach(course: Course, person: Callable[..., Any]) -> Any:
    """Who may make one."""
    from common.djangoapps.student.roles import CourseCcxCoachRole
    from xmodule.modulestore.django import modulestore

    change(course, modulestore().get_course(course.key).location, enable_ccx=True)
    somebody = person()
    CourseCcxCoachRole(course.key).add_users(somebody.user)
    return somebody


@pytest.fixture
def custom(course: Course, coach: Any) -> Course:
    """As its coach has just made it: nothing of it is shown to learners yet."""
    from ccx_keys.locator import CCXBlockUsageLocator, CCXLocator
    from lms.djangoapps.ccx.models import CustomCourseForEdX

    answer = coach.client.post(f"/courses/{course}/create_ccx", {"name": "For the third class"})
    assert answer.status_code == 302, answer.content
    made = CustomCourseForEdX.objects.get(coach=coach.user)
    key = CCXLocator.from_course_locator(course.key, str(made.pk))

    def here(block: Any) -> Any:
        return CCXBlockUsageLocator(key, block.block_type, block.block_id)

    return Course(key, here(course.unit), {name: here(problem) for name, problem in course.problems.items()})


def schedule(coach: Any, custom: Course, *, hidden: bool) -> None:
    """Shows or hides all of it, as the coach's page does."""
    address = f"/courses/{quote(str(custom))}"
    asked = coach.client.get(f"{address}/ccx_schedule")
    assert asked.status_code == 200, asked.content
    plan = asked.json()
    for block in plan:
        _hide(block, hidden)
    saved = coach.client.post(f"{address}/save_ccx", json.dumps(plan), content_type="application/json")
    assert saved.status_code == 200, saved.content


def _hide(block: dict[str, Any], hidden: bool) -> None:
    block["hidden"] = hidden
    for child in block.get("children", ()):
        _hide(child, hidden)


def suggested(custom: Course) -> set[str]:
    return {candidate.item for candidate in curriculum.course_map(course=str(custom)).candidates}


def test_the_curriculum_has_it_and_suggests_what_its_coach_shows(custom: Course, coach: Any) -> None:
    known = curriculum.course(key=str(custom))
    assert known is not None, "it was not read when it was made"
    assert known.title == "For the third class"
    assert set(curriculum.items(course=str(custom))) == {str(problem) for problem in custom.problems.values()}
    assert suggested(custom) == set()

    schedule(coach, custom, hidden=False)
    assert suggested(custom) == {str(problem) for problem in custom.problems.values()}

    schedule(coach, custom, hidden=True)
    assert suggested(custom) == set()


def test_answers_feedback_and_pages_are_the_custom_course_s_own(
    custom: Course, course: Course, coach: Any, person: Callable[..., Any]
) -> None:
    schedule(coach, custom, hidden=False)
    custom.enable()
    learner = person()
    learner.enrol(custom.key)
    capital = custom.problems["capital"]

    assert len(places(learner, custom)) == 3
    assert learner.answer(capital, part_2_1="choice_1") == "correct"

    capture.drain()
    pseudonym = capture.learner_for(user_id=learner.user.pk)
    (row,) = capture.responses(course=str(custom), learner=pseudonym)
    assert (row.problem, row.item, row.correct) == (str(capital), f"{capital}#2_1", True)
    assert list(capture.responses(course=str(course), learner=pseudonym)) == []
    assert learner.ask(custom, "feedback", problem=str(capital)).json()["status"] == "ready"
    for what in ("next", "plan", "mastery"):
        assert learner.ask(custom, what).status_code == 200, what
    page = learner.client.get(f"/metaedu/learn/{custom}/")
    assert page.status_code == 200
    assert "For the third class" in page.content.decode()


def test_its_coach_sees_the_insights_and_resets(custom: Course, course: Course, coach: Any, person: Any) -> None:
    schedule(coach, custom, hidden=False)
    learner = person()
    learner.enrol(custom.key)
    learner.answer(custom.problems["capital"], part_2_1="choice_0")
    capture.drain()

    assert coach.client.get(f"/metaedu/insights/{custom}/").status_code == 200
    assert coach.client.get(f"/metaedu/insights/{course}/").status_code == 404

    answer = coach.client.post(
        f"/courses/{quote(str(custom))}/instructor/api/reset_student_attempts",
        {
            "problem_to_reset": str(custom.problems["capital"]),
            "unique_student_identifier": learner.user.username,
            "delete_module": True,
        },
    )
    assert answer.status_code == 200, answer.content
    capture.drain()
    pseudonym = capture.learner_for(user_id=learner.user.pk)
    assert list(capture.responses(course=str(custom), learner=pseudonym)) == []


def test_one_that_is_gone_is_refused_with_what_to_do(custom: Course) -> None:
    from lms.djangoapps.ccx.models import CustomCourseForEdX

    CustomCourseForEdX.objects.filter(pk=custom.key.ccx).delete()
    with pytest.raises(CurriculumError, match="custom course"):
        curriculum.read_platform(course=str(custom))
