"""The problem page in a browser: answering, hints and the answer without a reload, on a desktop and a phone."""

from __future__ import annotations

import os
import shutil

import pytest
from django.contrib.auth import get_user_model

from deploy.demo.models import ProblemState
from deploy.demo.setup import setup
from metaedu_plugin.capture import api as capture

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None and os.environ.get("CI") != "true", reason="chromium is not installed"),
]


@pytest.fixture(params=[(1280, 900), (390, 844)], ids=["desktop", "phone"])
def page(request, monkeypatch, live_server, client):
    from playwright.sync_api import sync_playwright

    # The browser's client runs an event loop in this thread, which Django would take for an async view.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    course = setup()
    client.force_login(get_user_model().objects.get(username="learner"))
    width, height = request.param
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(viewport={"width": width, "height": height}, base_url=live_server.url)
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
        opened = context.new_page()
        opened.errors = []
        opened.on("pageerror", lambda error: opened.errors.append(str(error)))
        opened.course = course
        yield opened
        browser.close()


def test_a_problem_from_the_first_try_to_the_answer(page):
    page.goto(f"/courses/{page.course.key}/problem/parts-3/")
    page.evaluate("document.addEventListener('metaedu:answered', (e) => { window.told = e.detail; })")
    verdicts = page.locator("[data-verdict]")

    page.click("[data-check]")
    page.wait_for_function("document.querySelector('[data-mark=unanswered]')")
    assert verdicts.first.inner_text() == "Write a number."

    page.fill("input[type=text]", "9")
    page.click("text=Because 15 + 9 = 24")
    page.click("[data-check]")
    page.wait_for_function("window.told")
    assert verdicts.all_inner_texts() == ["Not right yet", "Right"]
    told = page.evaluate("window.told")
    assert told["problem"] == page.course.block("problem", "parts-3")
    assert told["course"] == page.course.key

    page.click("[data-hint-button]")
    page.wait_for_selector(".rv-hint")
    assert "Hint 1 of 2" in page.locator(".rv-hint").inner_text()
    assert page.locator("[data-hint-button]").inner_text() == "Hint (1 left)"
    assert not page.is_visible("[data-answer-button]")
    page.click("[data-check]")
    page.wait_for_selector("[data-answer-button]:visible")
    page.click("[data-answer-button]")
    page.wait_for_selector("[data-right-answer]:visible")
    assert page.locator("[data-right-answer]").first.inner_text() == "Right answer: 15"
    assert "24 learners" in page.locator("[data-explanation]").inner_text()

    page.reload()
    assert page.input_value("input[type=text]") == "9", "the last answer is still there"
    assert ProblemState.objects.get(problem="parts-3").attempts == 2
    assert page.errors == []
    capture.drain()
    assert [(row.attempt, row.hints) for row in capture.responses(course=page.course.key) if not row.correct] == [
        (1, 0),
        (2, 1),
    ]


def test_hints_that_are_used_up_stay_to_be_read(page):
    page.goto(f"/courses/{page.course.key}/problem/parts-3/")
    button = page.locator("[data-hint-button]")
    assert button.inner_text() == "Hint (2 left)"
    for number in (1, 2):
        button.click()
        page.wait_for_selector(f"#rv-hint-{number}")
    assert (button.inner_text(), button.is_disabled()) == ("No more hints", True)
    told = page.locator(".rv-hint").all_inner_texts()
    page.reload()
    assert page.locator(".rv-hint").all_inner_texts() == told
    assert (button.inner_text(), button.is_disabled()) == ("No more hints", True)


def test_no_page_is_wider_than_the_screen(page):
    key = page.course.key
    for address in ("/login/", f"/courses/{key}/", f"/courses/{key}/read/change/", f"/courses/{key}/problem/change-6/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address
    assert page.errors == []


def test_a_lost_session_is_said(page):
    page.goto(f"/courses/{page.course.key}/problem/parts-1/")
    page.context.clear_cookies()
    page.locator("input[type=radio]").nth(1).check()
    page.click("[data-check]")
    page.wait_for_selector("[data-problem-error]:visible")
    assert "log in again" in page.locator("[data-problem-error]").inner_text()
