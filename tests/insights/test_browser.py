"""What only a browser shows: pictures, deciding without a reload, both widths, a strict content security policy."""

import os
import shutil

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect, sync_playwright

from metaedu_plugin.insights.models import FindingDecision
from tests.insights.classes import simulate
from tests.insights.courses import COURSE, Counting, curriculum
from tests.insights.courses import capture as store

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM and os.environ.get("CI") != "true", reason="needs Chromium: apt install chromium"),
]


@pytest.fixture
def browser(monkeypatch):
    # Playwright runs an event loop in this thread; the tests' own queries are not part of it.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def visit(browser, live_server, settings, monkeypatch):
    """Opens the page of a class of 120, in which item 7 has a wrong key; `page.faults` are the console's."""
    settings.CONTENT_POLICY = "default-src 'self'"
    monkeypatch.setattr("metaedu_plugin.insights.selectors.registry.tutor", Counting)
    curriculum(items=16)
    store(simulate(learners=120, items=16, reversed_items=(7,), seed=1).answers)
    client = Client()
    client.force_login(get_user_model().objects.create_user(COURSE))
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}

    def opened(width=1280):
        context = browser.new_context(viewport={"width": width, "height": 900})
        context.add_cookies([cookie])
        page = context.new_page()
        page.faults = []
        page.on("console", lambda message: page.faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.goto(live_server.url + reverse("metaedu_insights:page", args=[COURSE]))
        return page

    return opened


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_fits_and_draws_under_a_strict_policy(visit, width):
    page = visit(width)
    expect(page.locator("[data-curve] canvas")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.faults == []


def test_deciding_stays_on_the_page(visit):
    page = visit()
    page.evaluate("window.stayed = true")
    card = page.locator('[data-finding="faulty_item:item007"]')
    card.locator("summary", has_text="Dismiss").press("Enter")
    card.locator("[name=reason]").fill("It is meant so")
    card.locator("[name=reason]").press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".in-decided", state="attached")
    assert page.inner_text("#said").startswith("Dismissed")
    row = FindingDecision.objects.get()
    assert (row.finding, row.decision, row.reason) == ("faulty_item:item007", "dismissed", "It is meant so")
    page.locator("[data-keep=dismissed] > summary").click()
    assert "It is meant so" in page.locator(".in-decided").inner_text()
    page.locator(".in-decided button").click()
    page.wait_for_selector(".in-decided", state="detached")
    expect(page.locator('.in-finding[data-finding="faulty_item:item007"]')).to_have_count(1)
    assert not FindingDecision.objects.exists()
    assert page.evaluate("window.stayed") and page.faults == []


def test_the_map_shows_a_few_and_leads_to_all(visit):
    page = visit()
    assert page.locator("#map-table tbody tr:visible").count() == 25
    page.locator("[data-ranges]").check()
    assert page.locator("#map-table .in-range").first.bounding_box()["width"] > 20
    page.locator("#mastery-map a", has_text="See all 120 learners").click()
    expect(page.locator("#learners-table tbody tr")).to_have_count(50)
    page.locator("[name=sort]").select_option("mastery")
    with page.expect_navigation():
        page.locator("form[role=search] button").click()
    means = []
    for _ in range(3):
        cells = page.eval_on_selector_all("#learners-table td:nth-child(5)", "c => c.map(x => x.dataset.value)")
        means += map(float, cells)
        if page.locator("[rel=next]").count():
            with page.expect_navigation():
                page.locator("[rel=next]").click()
    assert len(means) == 120 and means == sorted(means)
    assert page.faults == []


@pytest.mark.parametrize("width", [390, 1280])
def test_the_class_list_fits(visit, width):
    page = visit(width)
    page.locator("#mastery-map a", has_text="See all 120 learners").click()
    expect(page.locator("#learners-table tbody tr")).to_have_count(50)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_items_sort_by_their_headings(visit):
    page = visit()
    heading = page.locator("#items-table thead th").nth(2)
    heading.locator("button").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    shares = page.eval_on_selector_all("#items-table td:nth-child(3)", "c => c.map(x => Number(x.dataset.value))")
    assert len(shares) == 16 and shares == sorted(shares)


def test_a_large_course_fills_by_itself(visit, monkeypatch):
    monkeypatch.setattr("metaedu_plugin.insights.selectors.SMALL", 100)
    page = visit()
    assert page.locator("h1", has_text="The answers are being read").count() == 1
    page.wait_for_selector("#map-table", timeout=30_000)
    page.wait_for_load_state()
    assert "Figures as of" in page.inner_text("main") and page.faults == []
