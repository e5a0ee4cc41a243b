"""The page and the feedback element in a real browser, under a strict content policy, at phone and desktop width."""

from __future__ import annotations

import datetime
import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from tests.tutoring.events import COURSE, answered, problem

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PROBLEM_PAGE = f"""<!doctype html><html lang="en"><head><title>Problem</title>
<link rel="stylesheet" href="/static/metaedu/feedback.css"></head><body>
<h1>One half and one third</h1>
<div class="me-feedback" data-course="{COURSE}" data-problem="{problem("add1")}"></div>
<script src="/static/metaedu/feedback.js"></script></body></html>"""
ANSWERED = f"""() => document.dispatchEvent(new CustomEvent("metaedu:answered",
  {{detail: {{course: "{COURSE}", problem: "{problem("add1")}"}}}}))"""

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """One browser for all tests here."""
    if not CHROMIUM:
        if os.environ.get("CI") == "true":
            pytest.fail("there is no chromium")
        pytest.skip("there is no chromium here")
    from playwright.sync_api import sync_playwright

    # Playwright's loop runs in this thread; Django would take these tests' own queries for calls out of it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def open_page(chromium: Any, live_server: Any, course: str, ana: User) -> Iterator[Open]:
    """`open_page(path, width=390)`: a page signed in as ana, whose console must stay empty."""
    client = Client()
    client.force_login(ana)
    session = client.cookies["sessionid"].value
    contexts, complaints = [], []

    def policed(route: Any) -> None:
        if not route.request.is_navigation_request():
            route.continue_()
            return
        answer = route.fetch()
        route.fulfill(response=answer, headers={**answer.headers, "content-security-policy": POLICY})

    def opened(path: str, *, width: int = 390) -> Any:
        context = chromium.new_context(viewport={"width": width, "height": 844})
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        context.route("**/metaedu/learn/**", policed)
        context.route(
            "**/problem",
            lambda route: route.fulfill(
                body=PROBLEM_PAGE, content_type="text/html", headers={"content-security-policy": POLICY}
            ),
        )
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(live_server.url + path)
        contexts.append(context)
        return page

    opened.complaints = complaints  # type: ignore[attr-defined]
    yield opened
    for context in contexts:
        context.close()


def ready(page: Any) -> None:
    """Wait until the element knows which attempt was there before."""
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("width", [390, 1280])
def test_the_plan_fits_the_screen(open_page: Open, ana: User, width: int) -> None:
    for number in range(6):
        capture.receive(event=answered(user=ana.pk, name=f"add{number % 3 + 1}", attempt=number + 1, right=number > 2))
    page = open_page(f"/metaedu/learn/{COURSE}/", width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    bar = page.locator(".me-range").first.bounding_box()
    assert bar["width"] > 100
    assert open_page.complaints == []  # type: ignore[attr-defined]


def test_nothing_moves_while_the_page_loads(open_page: Open, ana: User) -> None:
    capture.receive(event=answered(user=ana.pk))
    page = open_page(f"/metaedu/learn/{COURSE}/")
    page.wait_for_load_state("networkidle")
    shifts = page.evaluate("""() => new Promise((resolve) => {
      new PerformanceObserver((list) => resolve(list.getEntries().map((entry) => entry.value)))
        .observe({type: "layout-shift", buffered: true});
      setTimeout(() => resolve([]), 300);
    })""")
    assert sum(shifts) == 0


def test_the_plan_changes_without_a_reload(open_page: Open) -> None:
    page = open_page(f"/metaedu/learn/{COURSE}/")
    page.evaluate("window.stayed = true")
    until = timezone.localdate() + datetime.timedelta(days=1)
    page.fill("#id_until", until.isoformat())
    page.fill("#id_minutes_a_day", "5")
    page.keyboard.press("Enter")
    page.get_by_text("with 5 minutes a day").wait_for()
    assert page.evaluate("window.stayed") is True
    assert f"until={until.isoformat()}" in page.url
    page.fill("#id_minutes_a_day", "1")
    page.dispatch_event("#id_minutes_a_day", "change")
    page.wait_for_selector("#plan-errors .me-note-warn")
    assert open_page.complaints == []  # type: ignore[attr-defined]


def test_everything_is_reached_with_the_keyboard(open_page: Open) -> None:
    page = open_page(f"/metaedu/learn/{COURSE}/")
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
    assert {"id_until", "id_minutes_a_day", "BUTTON", "A", "SUMMARY"} <= reached


def test_feedback_appears_after_an_answer(open_page: Open, ana: User) -> None:
    page = open_page("/problem")
    ready(page)
    assert not page.is_visible(".me-feedback")
    page.evaluate(ANSWERED)
    capture.receive(event=answered(user=ana.pk, right=False))
    page.wait_for_selector(".me-feedback-head")
    element = page.locator(".me-feedback")
    assert element.get_attribute("aria-live") == "polite"
    said = element.inner_text()
    assert "that is how learning goes" in said
    assert "Adding fractions" in said
    assert "Based on a general model" in said
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert open_page.complaints == []  # type: ignore[attr-defined]


def test_a_second_answer_replaces_the_first_feedback(open_page: Open, ana: User) -> None:
    capture.receive(event=answered(user=ana.pk, right=False))
    page = open_page("/problem")
    ready(page)
    capture.receive(event=answered(user=ana.pk, attempt=2))
    page.evaluate(ANSWERED)
    page.wait_for_selector(".me-feedback-right")
    assert page.locator(".me-feedback-head").inner_text() == "Right!"


def test_it_hides_when_there_is_nothing_new(open_page: Open, ana: User) -> None:
    capture.receive(event=answered(user=ana.pk, right=False))
    page = open_page("/problem")
    ready(page)
    page.evaluate(ANSWERED)
    page.wait_for_selector(".me-feedback-box")
    page.wait_for_selector(".me-feedback", state="hidden")


def test_it_hides_when_feedback_is_off(open_page: Open, ana: User) -> None:
    curriculum.set_enabled(course=COURSE, enabled=False)
    page = open_page("/problem")
    ready(page)
    page.evaluate(ANSWERED)
    page.wait_for_selector(".me-feedback", state="hidden")
    assert page.locator(".me-feedback").inner_text() == ""


def test_titles_of_a_course_are_never_run(open_page: Open, ana: User) -> None:
    import io

    nasty = "<img src=x onerror=window.ran=1>"
    curriculum.import_csv(course=COURSE, skills=io.StringIO(f"skill,title\nadd,{nasty}\n"))
    page = open_page("/problem")
    ready(page)
    capture.receive(event=answered(user=ana.pk, right=False))
    page.evaluate(ANSWERED)
    page.wait_for_selector(".me-feedback-head")
    assert nasty in page.locator(".me-feedback").inner_text()
    assert page.evaluate("window.ran") is None
