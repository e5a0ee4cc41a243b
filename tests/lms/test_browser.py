"""A learner's browser on the unit page of the LMS, with the platform's own scripts.

Needs Chromium, playwright, and the platform's vendor scripts where its `npm install` puts them; skips otherwise. What
webpack would bundle for a problem are five of the platform's files one after the other, so that is what is served.
"""

from __future__ import annotations

import base64
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.lms.course import publish

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SHOWN = ".me-feedback[data-problem='{}'] .me-feedback-box"

BESIDE = """
window.gettext = window.gettext || (text => text);
window.ngettext = window.ngettext || ((one, many, n) => n === 1 ? one : many);
window.VerticalStudentView = function () {};
"""
"""What is compiled where a platform is built: the catalogue of translations, the unit's bookmark."""
MATHS = "window.MathJax = Object.assign(window.MathJax || {}, {Hub: {Queue: () => {}, getAllJax: () => []}});"
"""Formulas are typeset by a script from elsewhere, which is not asked."""


def bundle(name: str) -> str:
    """The files of one of the platform's bundles, each in a function with the window as `this`, as webpack has it."""
    from lms.envs import common

    root = Path(str(common.REPO_ROOT))
    listed = re.search(rf"\b{name}: \[(.*?)\]", (root / "webpack.builtinblocks.config.js").read_text(), re.DOTALL)
    assert listed, f"the platform knows no bundle {name}"
    sources = [(root / path).read_text() for path in re.findall(r"'(.+?)'", listed[1])]
    return "\n".join(f"(function () {{\n{source}\n}}).call(window);" for source in sources)


@pytest.fixture
def problem_script(monkeypatch: pytest.MonkeyPatch) -> None:
    """Problems come with their script."""

    def files(name: str, *_: Any, **__: Any) -> list[dict[str, str]]:
        if name not in {"ProblemBlockDisplay", "HtmlBlockDisplay"}:
            return []
        encoded = base64.b64encode(bundle(name).encode()).decode()
        return [{"name": f"{name}.js", "url": f"data:text/javascript;base64,{encoded}"}]

    monkeypatch.setattr("webpack_loader.utils.get_files", files)


@pytest.fixture
def server(problem_script: None, settings: Any) -> Iterator[str]:
    """The LMS over HTTP, its scripts one by one instead of packed."""
    from django.contrib.staticfiles import finders
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.test.testcases import LiveServerThread

    if finders.find("common/js/vendor/jquery.js") is None:
        pytest.skip("the platform's vendor scripts are not there: run its npm install")
    settings.PIPELINE = {**settings.PIPELINE, "PIPELINE_ENABLED": False}
    settings.STATIC_URL = "/static/"
    thread = LiveServerThread("localhost", StaticFilesHandler)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    if thread.error:
        raise thread.error
    yield f"http://localhost:{thread.port}"
    thread.terminate()


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Chromium."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright's loop runs in this thread; nothing shares it
    playwright = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("there is no chromium here")
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


def visit(browser: Any, server: str, somebody: Any, path: str, **device: Any) -> Any:
    """A page in a browser that somebody is signed in with; whatever else the page asks of the world is not there."""
    context = browser.new_context(base_url=server, **device)
    context.add_cookies(
        [{"name": name, "value": morsel.value, "url": server} for name, morsel in somebody.client.cookies.items()]
    )
    page = context.new_page()
    page.add_init_script(BESIDE)
    page.route(lambda url: not url.startswith((server, "data:")), lambda route: route.abort())
    page.route(re.compile("MathJax"), lambda route: route.fulfill(body=MATHS, content_type="text/javascript"))
    page.goto(path, wait_until="load")
    return page


def test_feedback_shows_below_the_problem_that_was_answered(
    browser: Any, server: str, course: Any, learner: Any
) -> None:
    problem = course.problems["capital"]
    page = visit(browser, server, learner, f"/xblock/{course.unit}")

    page.get_by_label("Lyon").check()
    below = page.locator(f".problems-wrapper[data-problem-id='{problem}']").locator(
        "xpath=following::*[contains(@class, 'me-feedback')][1]"
    )
    page.locator(f".problems-wrapper[data-problem-id='{problem}'] button.submit").click()

    shown = page.locator(SHOWN.format(problem))
    shown.wait_for(timeout=15000)
    assert below.get_attribute("data-problem") == str(problem)
    wrong = shown.inner_text()
    assert page.locator(SHOWN.format(course.problems["sums"])).count() == 0

    page.get_by_label("Paris").check()
    page.locator(f".problems-wrapper[data-problem-id='{problem}'] button.submit").click()
    page.locator(SHOWN.format(problem) + ".me-feedback-right").wait_for(timeout=15000)
    assert shown.inner_text() != wrong
    page.context.close()


def test_a_course_that_is_off_asks_us_nothing(browser: Any, server: str, person: Any, numbers: Any) -> None:
    course = publish(number=f"Quiet{next(numbers)}")
    somebody = person()
    somebody.enrol(course.key)
    asked: list[str] = []
    page = visit(browser, server, somebody, f"/xblock/{course.unit}")
    page.on("request", lambda request: asked.append(request.url))

    page.get_by_label("Lyon").check()
    with page.expect_response(re.compile("problem_check")):
        page.locator(f".problems-wrapper[data-problem-id='{course.problems['capital']}'] button.submit").click()

    assert not [url for url in asked if "/metaedu/" in url]
    page.context.close()


PHONE = {
    "viewport": {"width": 320, "height": 640},
    "is_mobile": True,
    "has_touch": True,
    "user_agent": "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 edX/org.edx.mobile/6.1.0",
}
"""The mobile app's web view, which the platform knows by its name in the user agent."""
INSIDE_WEB_VIEW = {"show_title": "0", "show_bookmark_button": "0", "recheck_access": "1", "view": "student_view"}
PICTURES = os.environ.get("METAEDU_TEST_PICTURES", "")


def test_in_the_mobile_app_s_web_view_feedback_fits_the_phone(
    browser: Any, server: str, course: Any, learner: Any
) -> None:
    problem = course.problems["capital"]
    page = visit(browser, server, learner, f"/xblock/{course.unit}?{urlencode(INSIDE_WEB_VIEW)}", **PHONE)
    wide = page.evaluate("document.documentElement.scrollWidth")  # the platform's own

    with page.expect_response(re.compile("/metaedu/api/.*/feedback")):  # which attempt was there before
        page.get_by_label("Lyon").tap()
    page.locator(f".problems-wrapper[data-problem-id='{problem}'] button.submit").tap()
    page.locator(SHOWN.format(problem) + " .me-feedback-head").wait_for(timeout=60000)

    shown = page.locator(SHOWN.format(problem))
    shown.scroll_into_view_if_needed()
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/web_view.png", full_page=True)
    box = shown.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320
    assert page.evaluate("document.documentElement.scrollWidth") == wide
    for link in page.locator(".me-feedback a:visible, .me-feedback button:visible").all():
        size = link.bounding_box()
        assert size
        assert size["height"] >= 24, link.inner_text()
    page.context.close()
