"""The learner's own switch in a real browser: by keyboard, on a phone, without a script of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from metaedu_plugin.capture import api as capture
from tests.tutoring.conftest import chromium, open_page
from tests.tutoring.events import COURSE

__all__ = ["chromium", "open_page"]

PAGE = f"/metaedu/learn/{COURSE}/"


@pytest.mark.parametrize("width", [390, 1280])
def test_off_and_on_again_by_keyboard(open_page: Callable[..., Any], ana: User, width: int) -> None:
    page = open_page(PAGE, width=width)
    page.locator(".me-choice summary").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Switch off in all courses").press("Enter")
    page.get_by_role("heading", name="Switched off by you").wait_for()
    page.wait_for_load_state()
    assert page.get_by_text("in all courses.").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not capture.chosen(user_id=ana.pk, course=COURSE).feedback

    page.get_by_role("button", name="Switch on again in this course").press("Enter")
    page.get_by_role("heading", name="My plan until a date").wait_for()
    assert capture.chosen(user_id=ana.pk, course=COURSE).feedback
    assert not capture.chosen(user_id=ana.pk, course="course-v1:another+one+1").feedback
    assert open_page.complaints == []  # type: ignore[attr-defined]


def test_what_is_kept_comes_as_a_file(open_page: Callable[..., Any], ana: User) -> None:
    page = open_page(PAGE)
    page.locator(".me-choice summary").click()
    with page.expect_download() as coming:
        page.get_by_role("link", name="Download what is kept about me").click()
    assert coming.value.suggested_filename == "metaedu-my-data.json"
