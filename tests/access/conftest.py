"""The demo platform under a strict content policy, with a class that has answered, in a browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from deploy.demo.content import Course
from deploy.demo.setup import setup
from deploy.demo.simulation import school
from metaedu_plugin.capture import spool
from metaedu_plugin.insights import selectors
from metaedu_plugin.registry import gateway
from metaedu_plugin.registry.models import TrainingRun

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
POLICY = "default-src 'self'"
"""Nothing but the platform's own files: no inline script or style, no data: address."""
LANGUAGES = [("en", "English"), ("zh-hans", "Chinese"), ("ar", "Arabic")]

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
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def platform(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[Any]:
    """The demo's settings, with the policy, a right-to-left language, and a data folder of this test's own."""
    settings.CONTENT_POLICY = POLICY
    settings.LANGUAGES = LANGUAGES
    settings.METAEDU_DATA_DIR = tmp_path
    settings.METAEDU_DRAIN_SECONDS = 0
    settings.METAEDU_STORE = f"sqlite:///{tmp_path / 'states.sqlite3'}"
    for each in (spool.writer, gateway, selectors):
        each.reset()
    yield settings
    for each in (spool.writer, gateway, selectors):
        each.reset()


@pytest.fixture
def empty(platform: Any) -> Course:
    """The demo's course, in which nobody has answered anything."""
    return setup()


@pytest.fixture
def course(platform: Any) -> Course:
    """The demo's course, with a class of twenty, and trainings that went well and badly."""
    made = setup()
    school.simulate(course=made, learners=20, seed=3, quiet=True)
    epochs = [{"epoch": n, "train_loss": 0.7 - n / 20, "test_loss": 0.7 - n / 30} for n in range(4)]
    TrainingRun.objects.create(state="failed", stage="dataset", message="There are no responses to train on.")
    TrainingRun.objects.create(state="running", stage="meta-train", progress=0.4, epochs=epochs)
    return made


@pytest.fixture
def open_as(chromium: Any, live_server: Any) -> Iterator[Open]:
    """`open_as(username, path)`: the page, signed in; `page.faults` are errors of the console and broken policies."""
    contexts = []

    def opened(username: str, path: str = "", *, language: str = "en", width: int = 1280) -> Any:
        client = Client()
        client.force_login(get_user_model().objects.get(username=username))
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, locale=language, base_url=live_server.url
        )
        session = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        contexts.append(context)
        page = context.new_page()
        page.faults = []
        page.on("console", lambda message: page.faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        if path:
            page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
