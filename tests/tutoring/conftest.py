"""The real stack: events in, the shipped model as tutor, a small course, learners who are signed in."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from metaedu_plugin.capture import spool
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.registry import gateway
from metaedu_plugin.tutoring import marks
from tests.tutoring.events import COURSE, problem

SKILLS = """skill,title,prerequisites
equal,Equal fractions,
add,Adding fractions,equal
"""
PAGES = """url,title,skills,minutes
/courses/read-add,How to add fractions,add,4
/courses/read-equal,Fractions that are equal,equal,3
"""

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PROBLEM_PAGE = f"""<!doctype html><html lang="en"><head><title>Problem</title>
<link rel="stylesheet" href="/static/metaedu/feedback.css"></head><body>
<h1>One half and one third</h1>
<div class="me-feedback" data-course="{COURSE}" data-problem="{problem("add1")}"></div>
<script src="/static/metaedu/feedback.js"></script></body></html>"""

WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}

Open = Callable[..., Any]


@pytest.fixture(autouse=True)
def stack(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[None]:
    """Real commits, and a data folder and a tutor of this test's own."""
    settings.METAEDU_DATA_DIR = tmp_path
    settings.METAEDU_DRAIN_SECONDS = 0
    settings.METAEDU_STORE = f"sqlite:///{tmp_path / 'states.sqlite3'}"
    spool.writer.reset()
    gateway.reset()
    marks.clear()
    yield
    spool.writer.reset()
    gateway.reset()
    marks.clear()


@pytest.fixture
def course() -> str:
    """Two skills, three problems each, something to read about either."""
    items = "".join(
        f"{problem(f'{skill}{number}')},{title} {number},{skill},/jump/{skill}{number},3\n"
        for skill, title in (("equal", "Equal fractions"), ("add", "Adding fractions"))
        for number in (1, 2, 3)
    )
    curriculum.save_course(key=COURSE, title="Fractions from scratch", url="/courses/fractions/")
    curriculum.import_csv(
        course=COURSE,
        skills=io.StringIO(SKILLS),
        items=io.StringIO("item,title,skills,url,minutes\n" + items),
        pages=io.StringIO(PAGES),
    )
    curriculum.set_enabled(course=COURSE, enabled=True)
    return COURSE


@pytest.fixture
def ana() -> User:
    """A learner."""
    return User.objects.create_user("ana", password="x")


@pytest.fixture
def ben() -> User:
    """Another learner of the same course."""
    return User.objects.create_user("ben", password="x")


Ask = Callable[..., Any]


@pytest.fixture
def ask(course: str) -> Ask:
    """`ask(user, "next", **query)`: the REST API's answer to a signed-in user, as the browser gets it."""

    def asked(user: User | None, what: str, /, of: str = course, **query: Any) -> Any:
        client = Client()
        if user:
            client.force_login(user)
        return client.get(f"/metaedu/api/v1/courses/{of}/{what}", query)

    return asked


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
