"""“Is it right?” and “What comes first” in a browser: they fit, work without a mouse, and pass axe."""

from __future__ import annotations

import os
import shutil

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect, sync_playwright

from metaedu_plugin.curriculum import api as teaching
from tests.insights import test_right
from tests.insights.courses import COURSE, Counting
from tests.insights.courses import capture as store
from tests.insights.findings.test_deeper import planted
from tests.insights.statistics.forecasts import simulate
from tests.tutoring.conftest import WCAG

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM and os.environ.get("CI") != "true", reason="needs Chromium: apt install chromium"),
]
SHOTS = os.environ.get("METAEDU_SHOTS", "")
"""A folder for pictures of the pages, for whoever looks at them."""


@pytest.fixture
def visit(live_server, settings, monkeypatch):
    """Opens pages of a course with predictions of two versions, groups, and a prerequisite to be suggested."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    settings.CONTENT_POLICY = "default-src 'self'"
    settings.METAEDU_FAIRNESS = {
        "attribute": "gender", "ground": "Equal Treatment Act, section 9.", "read": "tests.insights.test_right.groups"
    }  # fmt: skip
    monkeypatch.setattr("metaedu_plugin.insights.selectors.registry.tutor", Counting)
    test_right.READ.clear()
    test_right.kept(simulate(np.random.default_rng(0), shift=0.8)[0], model="m0", days=20)
    test_right.kept(test_right.blurred())
    store(planted(seed=4, learners=300, needs={4: 1}, related=0.3))
    client = Client()
    client.force_login(get_user_model().objects.create_user(COURSE))
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])

        def opened(name, *, width=1280, language="en"):
            context = browser.new_context(viewport={"width": width, "height": 900}, locale=language)
            context.add_cookies([cookie])
            page = context.new_page()
            page.faults = []
            page.on("console", lambda said: page.faults.append(said.text) if said.type == "error" else None)
            page.on("pageerror", lambda error: page.faults.append(str(error)))
            page.goto(live_server.url + reverse(f"metaedu_insights:{name}", args=[COURSE]))
            if SHOTS:
                page.screenshot(path=f"{SHOTS}/{name}-{width}.png", full_page=True)
            return page

        yield opened
        browser.close()


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("name", ["right", "prerequisites"])
def test_it_fits_complains_about_nothing_and_axe_finds_nothing(visit, name, width):
    page = visit(name, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page, options=WCAG)
    assert found.violations_count == 0, found.generate_report()
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "right to left as well"
    assert page.faults == []


def test_what_it_said_and_what_came_is_told_by_picture_and_in_words(visit):
    page = visit("right")
    assert page.locator(".in-right-dot").count() == page.locator(".in-right-bins li").count() == 10
    expect(page.locator(".in-right-bins li").first).to_contain_text("When it said")
    expect(page.locator("#fair")).to_contain_text("orders the answers of this group less well: b.")
    expect(page.get_by_role("heading", name="Version by version")).to_be_visible()
    with page.expect_download() as file:
        page.locator("a[href$='calibration.csv']").press("Enter")
    assert file.value.suggested_filename.endswith("calibration.csv")
    assert page.faults == []


def test_a_suggestion_is_declared_on_the_class_s_page_and_taken_back_without_a_mouse(visit):
    page = visit("page")
    card = page.locator(".in-finding", has_text="Perhaps needed first: Skill 1")
    if not card.first.is_visible():
        page.locator("[data-keep=rest] > summary").press("Enter")
    card.get_by_role("button", name="Declare it").press("Enter")
    page.wait_for_selector(".me-note-success")
    assert teaching.skills(course=COURSE)["skill4"].prerequisites == ("skill1",)
    page.get_by_role("link", name="What comes first").first.press("Enter")
    page.wait_for_url("**/prerequisites/")
    page.get_by_role("button", name="Take back").press("Enter")
    page.wait_for_selector("text=withdrawn")
    assert teaching.skills(course=COURSE)["skill4"].prerequisites == ()
    assert page.faults == []


def test_a_circle_is_refused_where_it_was_asked_for(visit):
    page = visit("prerequisites", width=320)
    for before, after in (("skill0", "skill2"), ("skill2", "skill0")):
        page.get_by_role("combobox", name="First").select_option(before)
        page.get_by_role("combobox", name="then").select_option(after)
        page.get_by_role("button", name="Declare", exact=True).press("Enter")
        page.wait_for_selector(".me-note-success, .me-note-error")
        if before == "skill0":
            expect(page.get_by_role("button", name="Withdraw")).to_be_visible()
    expect(page.locator(".me-note-error")).to_contain_text("“Skill 2” needs “Skill 0”")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert teaching.skills(course=COURSE)["skill0"].prerequisites == ()
