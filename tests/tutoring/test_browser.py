"""The page and the feedback element in a real browser, under a strict content policy, at phone and desktop width."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.utils import timezone

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from tests.tutoring.conftest import WCAG, Open
from tests.tutoring.events import COURSE, answered, problem

ANSWERED = f"""() => document.dispatchEvent(new CustomEvent("metaedu:answered",
  {{detail: {{course: "{COURSE}", problem: "{problem("add1")}"}}}}))"""


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


@pytest.mark.parametrize("width", [320, 1280])
def test_everyone_can_use_the_plan(open_page: Open, ana: User, width: int) -> None:
    for number in range(6):
        capture.receive(event=answered(user=ana.pk, name=f"equal{number % 3 + 1}", attempt=number + 1))
    page = open_page(f"/metaedu/learn/{COURSE}/", width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    report = Axe().run(page, options=WCAG)
    assert report.violations_count == 0, report.generate_report()


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
    page.wait_for_url(f"**until={until.isoformat()}*")
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
    assert "of 100" not in said, "where they stand is for who asks"
    page.get_by_text("Where I stand").click()
    page.get_by_text("of 100 (before:").wait_for()
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
    assert page.get_by_text("of 100 (before:").is_visible()


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
    with page.expect_response("**/feedback?*"):
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
