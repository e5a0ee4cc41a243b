"""Following and dismissing in a real browser, with the keyboard, under a strict content policy."""

from __future__ import annotations

import time
from typing import Any

from django.contrib.auth.models import User

from metaedu_plugin import tracking
from metaedu_plugin.capture import api as capture
from metaedu_plugin.tutoring.models import DismissedAction
from tests.tracking.conftest import Events
from tests.tutoring.conftest import Open, chromium, open_page
from tests.tutoring.events import COURSE, answered
from tests.tutoring.test_browser import ANSWERED, ready

__all__ = ["chromium", "open_page"]


def soon(events: Events, name: str) -> dict[str, Any]:
    """The one event of this name; a browser's last message may come a moment after the click."""
    until = time.monotonic() + 10
    while not events(name) and time.monotonic() < until:
        time.sleep(0.05)
    (event,) = events(name)
    return event


def test_a_click_on_the_suggestion_is_followed(open_page: Open, ana: User, events: Events) -> None:
    page = open_page("/problem")
    ready(page)
    page.evaluate(ANSWERED)
    capture.receive(event=answered(user=ana.pk))
    with page.expect_navigation():
        page.click(".me-feedback-go")
    followed = soon(events, tracking.RECOMMENDATION_FOLLOWED)
    shown = soon(events, tracking.RECOMMENDATION_SHOWN)
    assert followed["place"] == "feedback"
    assert all(followed[name] == shown[name] for name in ("kind", "reason", "item", "skill", "model"))


def test_not_now_below_the_problem_with_the_keyboard(open_page: Open, ana: User, events: Events) -> None:
    page = open_page("/problem")
    ready(page)
    page.evaluate(ANSWERED)
    capture.receive(event=answered(user=ana.pk))
    button = page.wait_for_selector(".me-feedback-dismiss")
    assert button.get_attribute("aria-label").startswith("Not now: ")
    box = button.bounding_box()
    assert box["height"] >= 44
    button.focus()
    page.keyboard.press("Enter")
    page.get_by_text("This will not be suggested again for a while").wait_for()
    assert not page.is_visible(".me-feedback-go")
    assert "suggested again" in page.evaluate("document.activeElement.textContent")
    assert soon(events, tracking.RECOMMENDATION_DISMISSED)["place"] == "feedback"
    assert DismissedAction.objects.count() == 1
    assert open_page.complaints == []  # type: ignore[attr-defined]


def test_not_now_that_was_not_taken_in_can_be_tried_again(open_page: Open, ana: User) -> None:
    page = open_page("/problem")
    ready(page)
    page.evaluate(ANSWERED)
    capture.receive(event=answered(user=ana.pk))
    page.wait_for_selector(".me-feedback-dismiss")
    page.route("**/actions", lambda route: route.abort())
    page.click(".me-feedback-dismiss")
    page.wait_for_selector(".me-feedback-dismiss:not([disabled])")
    page.unroute("**/actions")
    page.click(".me-feedback-dismiss")
    page.get_by_text("This will not be suggested again for a while").wait_for()
    assert DismissedAction.objects.count() == 1


def test_the_plan_page_follows_and_dismisses(open_page: Open, ana: User, events: Events) -> None:
    page = open_page(f"/metaedu/learn/{COURSE}/")
    first = page.inner_text(".me-next-what")
    page.get_by_role("button", name="Not now").focus()
    page.keyboard.press("Enter")
    page.get_by_role("status").filter(has_text="That will not be suggested again").wait_for()
    assert page.inner_text(".me-next-what") != first
    assert soon(events, tracking.RECOMMENDATION_DISMISSED)["place"] == "page"
    assert open_page.complaints == []  # type: ignore[attr-defined]
    with page.expect_navigation():
        page.click("a[data-followed]")
    assert soon(events, tracking.RECOMMENDATION_FOLLOWED)["place"] == "page"
