"""The operator's page as a browser shows it: live, by keyboard, and narrow."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from metaedu_plugin.capture import api as capture
from metaedu_plugin.registry import api
from metaedu_plugin.registry.models import TrainingRun
from tests.registry.conftest import Registered

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page(live_server, client_of, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    # Playwright keeps an event loop in this thread; Django takes that for asynchronous code.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no playwright here: {error}")
    session = client_of("op", operates=True).cookies[django_settings.SESSION_COOKIE_NAME].value
    executable = "/usr/bin/chromium"
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=executable if Path(executable).exists() else None, args=["--no-sandbox"]
            )
        except Error as error:
            if os.environ.get("CI") == "true":
                raise
            pytest.skip(f"no chromium here: {error}")
        context = browser.new_context(viewport={"width": 390, "height": 800})
        context.add_cookies([{"name": django_settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        opened = context.new_page()
        problems: list[str] = []
        opened.on("pageerror", lambda error: problems.append(str(error)))
        opened.goto(f"{live_server.url}/metaedu/operator/")
        yield opened
        browser.close()
        assert problems == []


def test_progress_moves_without_a_reload(page: Any) -> None:
    assert "Never trained" in page.inner_text("main")
    page.evaluate("window.same = true")
    row = TrainingRun.objects.create()
    api.update_run(id=row.pk, state="running", stage="meta-train", progress=0.4)
    for epoch in range(3):
        api.update_run(id=row.pk, epoch={"epoch": epoch, "train_loss": 0.7 - epoch / 10, "test_loss": 0.7})
    card = page.locator(f"[data-run='{row.pk}']")
    # The first look may have come before the figures.
    card.locator("progress[value='40']").wait_for(timeout=8000)
    card.locator(".op-curve").wait_for(timeout=8000)
    api.update_run(id=row.pk, state="done", progress=1.0)
    page.locator("#me-news").wait_for(state="visible", timeout=8000)
    assert card.locator("[data-field=state_text]").inner_text() == "done"
    assert page.evaluate("window.same") is True


def test_feedback_is_switched_off_by_keyboard(page: Any, registered: Registered) -> None:
    registered("a-version-with-a-rather-long-name-2026-11-23T01-02-03")
    page.reload()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("link", name="Feedback off").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/feedback-off/")
    page.wait_for_function("document.activeElement.matches('input, textarea')")
    page.keyboard.type("exam week")
    page.keyboard.press("Enter")
    page.wait_for_url("**/operator/")
    assert "feedback is off" in page.inner_text("main")
    assert not capture.is_on(name="feedback")
    assert api.log()[0].reason == "exam week"
