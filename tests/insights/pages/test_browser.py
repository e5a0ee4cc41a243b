"""The pages behind the page in a browser: they fit a phone, work without a mouse, and draw under a strict policy."""

from __future__ import annotations

import os
import re
import shutil

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect, sync_playwright

from metaedu_plugin.capture.models import Learner
from metaedu_plugin.curriculum import api as teaching
from metaedu_plugin.curriculum.models import Course, Item, Skill
from tests.insights.courses import COURSE, Counting
from tests.insights.courses import capture as store
from tests.insights.statistics.planted import course

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM and os.environ.get("CI") != "true", reason="needs Chromium: apt install chromium"),
]
SHOTS = os.environ.get("METAEDU_SHOTS", "")
"""A folder for pictures of the pages, for whoever looks at them."""


@pytest.fixture
def visit(live_server, settings, monkeypatch, request):
    """Opens pages of a course with a skill that is two, a wrong tag and an undeclared prerequisite.

    Of so many learners as a test asks for: to find all of that takes 300.
    """
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    settings.CONTENT_POLICY = "default-src 'self'"
    monkeypatch.setattr("metaedu_plugin.insights.selectors.registry.tutor", Counting)
    given, tags = course(
        seed=4, learners=getattr(request, "param", 60), split=(2,), mistagged={5: 3}, needs={4: 1}, related=0.3
    )
    row = Course.objects.create(key=COURSE, title="Algebra")
    skills = {f"skill{n}": Skill.objects.create(course=row, key=f"skill{n}", title=f"Skill {n}") for n in range(6)}
    for n, key in enumerate(given.items):
        Item.objects.create(course=row, key=key, title=f"Item {n}", position=n).skills.add(skills[tags[key][0]])
    store(given)
    one = Learner.objects.order_by("id").first()
    ada = get_user_model().objects.create_user("ada", email="ada@example.org", first_name="Ada")
    Learner.objects.filter(pk=one.pk).update(user_id=ada.pk)
    client = Client()
    client.force_login(get_user_model().objects.create_user(COURSE))
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])

        def opened(name, *more, query="", width=1280):
            context = browser.new_context(viewport={"width": width, "height": 900})
            context.add_cookies([cookie])
            page = context.new_page()
            page.faults = []
            page.on("console", lambda said: page.faults.append(said.text) if said.type == "error" else None)
            page.on("pageerror", lambda error: page.faults.append(str(error)))
            page.goto(live_server.url + reverse(f"metaedu_insights:{name}", args=[COURSE, *more]) + query)
            if SHOTS:
                page.screenshot(path=f"{SHOTS}/{name}-{width}.png", full_page=True)
            return page

        yield opened
        browser.close()


@pytest.mark.parametrize("width", [320, 1280])
def test_every_page_fits_and_complains_about_nothing(visit, width):
    one = Learner.objects.order_by("id").first().pseudonym
    for name, more, query in (
        ("page", (), ""),
        ("item", (), "?item=item005"),
        ("learner", (one,), ""),
        ("message", (), f"?learner={one}"),
    ):
        page = visit(name, *more, query=query, width=width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert page.faults == [], name
        small = page.eval_on_selector_all(
            "button, summary", "all => all.filter(b => b.offsetHeight && b.offsetHeight < 24).map(b => b.textContent)"
        )
        assert small == [], name


@pytest.mark.parametrize("visit", [300], indirect=True)
def test_what_was_planted_is_told_on_the_page(visit):
    text = visit("page").content()
    assert "Perhaps two skills: Skill 2" in text
    assert "Perhaps needed first: Skill 1" in text


def test_an_item_is_marked_retagged_and_a_page_added_without_a_mouse(visit):
    page = visit("item", query="?item=item005")
    page.get_by_label("Skill 3").focus()
    page.keyboard.press("Space")
    page.get_by_label("Skill 0").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Save the tags").press("Enter")
    page.wait_for_selector(".me-note-success")
    assert teaching.skills_of(course=COURSE, items=["item005"]) == {"item005": ("skill3",)}
    page.get_by_role("button", name="Mark as faulty").press("Enter")
    page.wait_for_selector("text=It is sound again")
    assert teaching.faulty_items(course=COURSE) == {"item005"}
    assert page.faults == []
    page = visit("page")
    card = page.locator(".in-kind-skill").first
    card.locator(".in-add > summary").press("Enter")
    card.get_by_label("Title").fill("Once more")
    card.get_by_label("Address").fill("https://example.org/more")
    card.get_by_role("button", name="Add", exact=True).press("Enter")
    page.wait_for_selector(".me-note-success")
    assert [one.url for one in teaching.pages(course=COURSE)] == ["https://example.org/more"]


def test_the_mail_program_gets_what_was_changed(visit):
    one = Learner.objects.order_by("id").first().pseudonym
    page = visit("message", query=f"?learner={one}")
    page.get_by_label("Message").fill("Come to my office hours")
    page.evaluate("document.querySelector('[data-mail]').addEventListener('click', event => event.preventDefault())")
    link = page.locator("[data-mail]")
    link.press("Enter")
    expect(link).to_have_attribute(
        "href", re.compile(r"^mailto:\?bcc=ada%40example\.org&subject=Algebra&body=Come%20to%20my")
    )
    page.locator("[data-copy=message-body]").press("Enter")
    page.wait_for_function("document.getElementById('said').textContent !== ''")


def test_calling_a_finding_not_useful_stays_on_the_page(visit):
    page = visit("page")
    card = page.locator(".in-finding").first
    title = card.locator("h3").inner_text()
    card.get_by_role("button", name="Not useful").press("Enter")
    page.wait_for_selector(".in-decided", state="attached")
    expect(page.locator("#said")).to_have_text(re.compile("^Noted"))
    assert "Sunk so far" in page.inner_text("#findings")
    assert title in page.locator(".in-decided a").first.text_content()
    assert page.faults == []
