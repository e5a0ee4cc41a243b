"""Settings and what would happen if, in a browser: from a change to what a learner is really suggested, and back."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from metaedu_plugin.capture import api as capturing
from metaedu_plugin.capture.models import Learner
from metaedu_plugin.curriculum import api as teaching
from metaedu_plugin.registry import gateway
from metaedu_plugin.tutoring import states
from tests.access import checks
from tests.insights.classes import simulate
from tests.insights.courses import COURSE, curriculum
from tests.insights.courses import capture as store

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM and os.environ.get("CI") != "true", reason="needs Chromium: apt install chromium"),
]
SHOTS = os.environ.get("METAEDU_SHOTS", "")
"""A folder for pictures of the pages, for whoever looks at them."""

Visit = Callable[..., Any]


@pytest.fixture
def visit(live_server: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> Iterator[Visit]:
    """`visit(name, as_=user, query="", width=1280)`: a page of a class of twenty-five, the shipped model behind it."""
    from playwright.sync_api import sync_playwright

    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    settings.CONTENT_POLICY = "default-src 'self'"
    settings.METAEDU_DATA_DIR = tmp_path
    settings.METAEDU_STORE = f"sqlite:///{tmp_path / 'states.sqlite3'}"
    gateway.reset()
    curriculum(items=16, skills=3)
    teaching.set_enabled(course=COURSE, enabled=True)
    store(simulate(learners=25, items=16, seed=3, missing=0.3).answers)
    ada = get_user_model().objects.create_user("ada")
    one = Learner.objects.order_by("id")[5]
    Learner.objects.filter(pk=one.pk).update(user_id=ada.pk)
    for each in Learner.objects.all():
        states.catch_up(course=COURSE, learners=[each.pseudonym])
    get_user_model().objects.create_user(COURSE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])

        def opened(name: str, *, as_: str = COURSE, query: str = "", width: int = 1280) -> Any:
            client = Client()
            client.force_login(get_user_model().objects.get(username=as_))
            context = browser.new_context(viewport={"width": width, "height": 900})
            cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
            context.add_cookies([cookie])
            page = context.new_page()
            page.faults = []
            page.on("console", lambda said: page.faults.append(said.text) if said.type == "error" else None)
            page.on("pageerror", lambda error: page.faults.append(str(error)))
            page.goto(live_server.url + reverse(name, args=[COURSE]) + query)
            return page

        yield opened
        browser.close()
    gateway.reset()


def shot(page: Any, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}-{page.viewport_size['width']}.png", full_page=True)


def suggested(visit: Visit) -> str:
    """What ada reads on her own page."""
    page = visit("metaedu_tutoring:learn", as_="ada")
    page.wait_for_selector(".me-next")
    return str(page.inner_text(".me-next"))


def ticked(page: Any, key: str) -> Any:
    return page.locator(f'input[name="left_out"][value="{key}"]')


def test_a_change_is_previewed_saved_really_holds_and_is_taken_back(visit: Visit) -> None:
    first = suggested(visit)
    learner = capturing.learner_for(user_id=get_user_model().objects.get(username="ada").pk)
    from metaedu_plugin.tutoring import guidance

    action = guidance.next_action(course=COURSE, learner=learner)["action"]
    assert action and action["item"]
    title = teaching.items(course=COURSE)[action["item"]].title
    page = visit("metaedu_insights:settings")
    page.get_by_label("Find an item").fill(title.split()[1])
    page.wait_for_function("document.querySelector('[data-found]').textContent !== ''")
    ticked(page, action["item"]).focus()
    page.keyboard.press("Space")
    page.get_by_label("Mastery threshold, in %").fill("90")
    page.get_by_role("button", name="Show what this would do").press("Enter")
    page.get_by_role("heading", name="What this would do").wait_for()
    assert title in page.inner_text("main") and "85\u00a0%, then 90\u00a0%" in page.inner_text("main")
    shot(page, "settings-preview")
    assert suggested(visit) == first, "nothing holds before it is saved"
    page.get_by_role("button", name="Save these settings").press("Enter")
    page.get_by_text("Saved. It holds from the next suggestion on.").wait_for()
    changed = guidance.next_action(course=COURSE, learner=learner)["action"]
    assert (changed or {}).get("item") != action["item"] and suggested(visit) != first
    page.get_by_role("button", name="Take back").press("Enter")
    page.get_by_role("heading", name="What this would do").wait_for()
    page.get_by_role("button", name="Save these settings").press("Enter")
    page.locator(".in-log li.in-decided").nth(1).wait_for()
    assert suggested(visit) == first
    assert page.faults == []


def test_the_average_of_others_shows_where_the_course_wants_it(visit: Visit) -> None:
    page = visit("metaedu_tutoring:learn", as_="ada")
    assert "Average of others" not in page.inner_text("main")
    wanted = teaching.SettingsInfo(enabled=True, compare=True)
    teaching.change_settings(course=COURSE, wanted=wanted, by="x")
    for name, width in (("learn", 1280), ("learn", 320), ("map", 320)):
        page = visit(f"metaedu_tutoring:{name}", as_="ada", width=width)
        said = re.findall(r"Average of others in this course: (\d+) of 100", page.inner_text("main"))
        assert len(said) == 3 and all(0 < int(one) < 100 for one in said)
        assert "Nobody is ranked here" in page.text_content("main")
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        shot(page, f"compare-{name}")
        assert page.faults == []


@pytest.mark.parametrize("width", [320, 1280])
def test_clicking_through_a_made_up_learner(visit: Visit, width: int) -> None:
    page = visit("metaedu_insights:preview", width=width)
    assert "Has not answered yet" in page.inner_text("main")
    for number, button in enumerate(("Right", "Wrong"), start=1):
        page.get_by_role("button", name=button, exact=True).press("Enter")
        page.locator(".in-tries li").nth(number - 1).wait_for()
    assert page.locator(".in-tries li").all_inner_texts()[1].endswith("wrong")
    page.locator('select[name="item"]').select_option(index=4)
    page.get_by_role("button", name="Compare both").press("Enter")
    page.get_by_role("heading", name="What if they now answer “Item 4”").wait_for()
    assert page.locator(".in-tries li").count() == 2
    shot(page, "preview")
    page.get_by_role("link", name="A struggling beginner").press("Enter")
    page.locator(".in-tries li").nth(9).wait_for()
    page.get_by_role("button", name="Take this learner").press("Enter")
    page.get_by_role("heading", name="Learner 1, ").wait_for()
    shot(page, "preview-real")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert page.faults == []


@pytest.mark.parametrize("width", [320, 1280])
def test_the_settings_fit_and_find_items(visit: Visit, width: int) -> None:
    page = visit("metaedu_insights:settings", width=width)
    ticked(page, "item003").check()
    page.get_by_label("Find an item").fill("item 15")
    page.wait_for_function("document.querySelector('[data-found]').textContent !== ''")
    assert not ticked(page, "item007").is_visible() and ticked(page, "item015").is_visible()
    assert ticked(page, "item003").is_visible(), "what is ticked stays in sight"
    shot(page, "settings")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert page.faults == []


def test_the_pages_are_for_everybody(visit: Visit) -> None:
    """Also the preview of settings, which no address leads to."""
    teaching.mark_faulty(course=COURSE, item="item005")
    wanted = teaching.SettingsInfo(enabled=True, mastered=0.9, left_out=("item001",))
    teaching.change_settings(course=COURSE, wanted=wanted, by="x")
    wrong = []
    for name in ("settings", "preview", "settings-preview"):
        page = visit(f"metaedu_insights:{name.partition('-')[0]}")
        if name == "settings-preview":
            page.get_by_label("Chance of success that practice aims at, in %").fill("60")
            page.get_by_role("button", name="Show what this would do").press("Enter")
            page.get_by_role("heading", name="What this would do").wait_for()
        found = checks.keyboard(page) + checks.width(page) + checks.axe(page)
        wrong += [f"{name}: {each}" for each in (*found, *page.faults)]
    assert wrong == []
