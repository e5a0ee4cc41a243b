"""What only a browser shows: pictures, deciding without a reload, both widths, a strict content security policy."""

import os
import shutil

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from playwright.sync_api import sync_playwright

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
    settings.MIDDLEWARE = ["tests.insights.headers.strict", *settings.MIDDLEWARE]
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
    page.wait_for_selector("[data-curve] canvas")
    assert page.locator("[data-curve] canvas").count() == 2
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
    assert page.locator('.in-finding[data-finding="faulty_item:item007"]').count() == 1
    assert not FindingDecision.objects.exists()
    assert page.evaluate("window.stayed") and page.faults == []


def test_the_map_shows_a_few_then_all_and_sorts(visit):
    page = visit()
    rows = page.locator("#map-table tbody tr:visible")
    assert rows.count() == 25
    page.locator("[data-show-all]").click()
    assert rows.count() == 120
    heading = page.locator("#map-table thead th").nth(1)
    heading.locator("button").click()
    means = [
        float(one)
        for one in page.eval_on_selector_all("#map-table td:nth-child(2)", "c => c.map(x => x.dataset.value)")
    ]
    assert means == sorted(means) and heading.get_attribute("aria-sort") == "ascending"
    page.locator("[data-ranges]").check()
    assert page.locator("#map-table .in-range").first.bounding_box()["width"] > 20
