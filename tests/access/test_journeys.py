"""What a person finds who comes where there is nothing yet, where something is down, or where they do not belong."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from deploy.demo.content import Course
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.registry import gateway
from metaedu_plugin.registry.operator.actions import ACTIONS
from tests.access.conftest import Open
from tests.access.test_pages import visit


def test_a_course_in_which_nobody_answered(empty: Course, open_as: Open) -> None:
    page = open_as("learner")
    assert visit(page, reverse("metaedu_tutoring:learn", args=[empty.key])) == 200
    assert page.locator("main a.me-button").count() >= 1, "there is something to begin with"
    page = open_as("instructor")
    assert visit(page, reverse("metaedu_insights:page", args=[empty.key])) == 200
    assert "No answers yet. As soon as learners answer, this page fills by itself." in page.inner_text("main")
    page = open_as("operator")
    assert visit(page, reverse("metaedu_registry:operator")) == 200
    assert "Look On, nothing captured yet" in page.inner_text("main").replace("\n", " ")
    assert page.faults == []


def test_serving_is_down(empty: Course, open_as: Open, platform: Any) -> None:
    platform.METAEDU_SERVING_URL = "http://127.0.0.1:9"
    gateway.reset()
    page = open_as("learner")
    assert visit(page, reverse("metaedu_tutoring:learn", args=[empty.key])) == 200
    assert "general experience" in page.inner_text("main"), "the prior is marked as such"
    page = open_as("operator")
    visit(page, reverse("metaedu_registry:operator"))
    said = page.inner_text("section[aria-labelledby=op-serving]").replace("\n", " ")
    assert "Broken Serving fails now; the prior answers" in said
    assert "Is the service at http://127.0.0.1:9 running?" in said


def test_a_learner_sees_their_own_page_alone(course: Course, open_as: Open) -> None:
    """The page has no address of a person: each finds their own."""
    get_user_model().objects.create_user("newcomer")
    path = reverse("metaedu_tutoring:learn", args=[course.key])
    pages = {}
    for name in ("learner", "newcomer"):
        page = open_as(name)
        assert visit(page, path) == 200
        pages[name] = page.inner_text("main")
    assert pages["learner"] != pages["newcomer"]
    mastery = {name: Client() for name in pages}
    told = {}
    for name, client in mastery.items():
        client.force_login(get_user_model().objects.get(username=name))
        skills = client.get(f"/metaedu/api/v1/courses/{course.key}/mastery").json()["skills"]
        told[name] = sum(skill["responses"] for skill in skills)
    assert told["learner"] > 0
    assert told["newcomer"] == 0


@pytest.mark.parametrize("person", ["learner", "instructor"])
def test_doors_that_are_not_theirs(empty: Course, open_as: Open, person: str) -> None:
    curriculum.save_course(key="course-v1:Other+C+1", title="Another course")
    page = open_as(person)
    closed = [
        reverse("metaedu_insights:page", args=["course-v1:Other+C+1"]),
        reverse("metaedu_insights:learners", args=["course-v1:Other+C+1"]),
        reverse("metaedu_registry:operator"),
        *(reverse("metaedu_registry:act", args=[name]) for name in ACTIONS),
    ]
    if person == "learner":
        closed.append(reverse("metaedu_insights:page", args=[empty.key]))
    for path in closed:
        assert visit(page, path) == 404, path


def test_the_operator_replays_learner_states_by_keyboard(empty: Course, open_as: Open) -> None:
    page = open_as("operator")
    visit(page, reverse("metaedu_registry:operator"))
    page.locator("section[aria-labelledby=op-serving] a", has_text="Replay learner states").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/replay-states/")
    page.wait_for_function("document.activeElement.matches('input')")
    page.keyboard.type("a backup was restored")
    page.keyboard.press("Enter")
    page.wait_for_url("**/operator/")
    assert "The replay of learner states is queued." in page.inner_text("main")
    assert "a backup was restored" in page.inner_text("section[aria-labelledby=log]")
    assert page.faults == []
