"""The unit page of the LMS, as its learning app frames it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from metaedu_plugin.curriculum import api as curriculum
from tests.lms.course import publish

ELEMENT = "me-feedback"


def unit(somebody: Any, course: Any, **query: str) -> str:
    """The page of the course's unit."""
    page = somebody.client.get(f"/xblock/{course.unit}", query)
    assert page.status_code == 200, page.status_code
    return page.content.decode()


def test_each_problem_has_its_place(course: Any, learner: Any) -> None:
    page = unit(learner, course)

    for name, problem in course.problems.items():
        assert f"About {name}" in page
        assert f'data-problem="{problem}"' in page
    assert page.count(f'class="{ELEMENT}"') == len(course.problems)
    assert "metaedu/feedback.js" in page
    assert f"/metaedu/learn/{course}/" in page


def test_a_course_that_is_off_is_as_it_was(numbers: Any, person: Callable[..., Any]) -> None:
    course = publish(number=f"Off{next(numbers)}")
    somebody = person()
    somebody.enrol(course.key)

    page = unit(somebody, course)

    assert "About capital" in page
    assert ELEMENT not in page
    assert "metaedu" not in page.replace(str(course.key), "").replace("metaedu+Off", "")


def test_switched_off_again(course: Any, learner: Any) -> None:
    from metaedu_plugin.tutoring import openedx

    assert ELEMENT in unit(learner, course)
    curriculum.set_enabled(course=str(course), enabled=False)
    openedx._is_open.cache_clear()  # instead of waiting until it asks again

    assert ELEMENT not in unit(learner, course)


def test_a_broken_plugin_leaves_the_page_alone(course: Any, learner: Any, monkeypatch: Any) -> None:
    from metaedu_plugin.tutoring import openedx

    def broken(*_: Any) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(openedx, "_addition", broken)

    page = unit(learner, course)

    assert "About capital" in page
    assert ELEMENT not in page


def test_what_the_page_loads_is_served(course: Any, learner: Any) -> None:
    from django.contrib.staticfiles import finders

    for name in ("feedback.js", "feedback.css", "unit.js"):
        assert f"metaedu/{name}" in unit(learner, course)
        assert finders.find(f"metaedu/{name}")


def test_the_flag_of_the_platform_switches_a_course_on(numbers: Any, person: Callable[..., Any]) -> None:
    from openedx.core.djangoapps.waffle_utils.models import WaffleFlagCourseOverrideModel

    course = publish(number=f"Flag{next(numbers)}")
    somebody = person()
    somebody.enrol(course.key)
    WaffleFlagCourseOverrideModel.objects.create(
        waffle_flag="metaedu.enabled", course_id=course.key, override_choice="on", enabled=True
    )

    assert ELEMENT in unit(somebody, course)
    somebody.answer(course.problems["capital"], part_2_1="choice_0")
    said = somebody.ask(course, "feedback", problem=str(course.problems["capital"]))
    assert said.json()["status"] == "ready"
