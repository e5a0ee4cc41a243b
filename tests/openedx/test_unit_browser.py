"""A unit in a real browser: markup and messages as the platform's problems have them, jQuery as the platform has it.

The unit's additions are what the real filter made of real blocks; answers go through capture, feedback comes from the
shipped model. The platform's own page is rebuilt in small: `CAPA` does what its problem script does with an answer.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from importlib.resources import files
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from openedx_filters.learning.filters import VerticalBlockRenderCompleted
from web_fragments.fragment import Fragment

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.tutoring import openedx
from metaedu_plugin.tutoring.settings import common
from tests.openedx import blocks
from tests.tutoring.conftest import ana, course, stack  # noqa: F401
from tests.tutoring.events import COURSE, answered, problem

JQUERY = (files("workbench") / "static/workbench/js/vendor/jquery.min.js").read_text(encoding="utf-8")
CAPA = """
$(".problems-wrapper").each(function () {
  var el = $(this);
  function render(html) { el.html(html + '<input name="input_1"><button class="submit">Submit</button>'); }
  el.on("click", ".submit", function () {
    $.post(el.data("url") + "/problem_check", {input_1: el.find("input").val()}, function (response) {
      if (response.success === "correct" || response.success === "incorrect") { render(response.contents); }
    });
  });
  render("<p>" + el.data("problem-id") + "</p>");
});
"""
VERT = """<div class="vert" data-id="{key}" id="{key}">
<div class="xblock xblock-student_view xblock-student_view-problem" data-usage-id="{key}">
<div id="problem_{name}" class="problems-wrapper" data-problem-id="{key}" data-url="/handler/{name}"></div>
</div></div>"""
NAMES = ("add1", "add2")

Visit = Callable[..., Any]


@pytest.fixture
def visit(chromium: Any, live_server: Any, course: str, ana: User, settings: Any) -> Iterator[Visit]:  # noqa: F811
    """`visit(path, width=…)`: `/unit` is the unit, `/mfe` has it in a frame; `visit.asked` are the API's addresses."""
    made = SimpleNamespace()
    common.plugin_settings(made)
    settings.OPEN_EDX_FILTERS_CONFIG = made.OPEN_EDX_FILTERS_CONFIG
    openedx._is_open.cache_clear()
    attempts = dict.fromkeys(NAMES, 0)
    contexts, complaints, asked = [], [], []

    def unit_page(route: Any) -> None:
        html = '<h2 class="unit-title">Adding</h2><div class="vert-mod">' + "".join(
            VERT.format(key=problem(name), name=name) for name in NAMES
        )
        before = Fragment(f"{html}</div>")
        unit = blocks.unit(problems=len(NAMES), user=ana.pk)
        fragment = VerticalBlockRenderCompleted.run_filter(
            block=unit, fragment=before, context={}, view="student_view"
        )[1]
        route.fulfill(
            content_type="text/html",
            body='<!doctype html><html lang="en"><head><title>Unit</title><base target="_parent">'
            f'{fragment.head_html()}</head><body><main>{fragment.body_html()}</main><script src="/jquery.js"></script>'
            f'<script src="/capa.js"></script>{fragment.foot_html()}</body></html>',
        )

    def check(route: Any) -> None:
        name = route.request.url.split("/")[-2]
        given = route.request.post_data or ""
        if "later" in given:
            route.fulfill(content_type="application/json", body=json.dumps({"success": "You must wait."}))
            return
        attempts[name] += 1
        right = "right" in given
        capture.receive(event=answered(user=ana.pk, name=name, attempt=attempts[name], right=right))
        answer = {"success": "correct" if right else "incorrect", "contents": "<p>Graded.</p>", "attempts_used": 1}
        route.fulfill(content_type="application/json", body=json.dumps(answer))

    client = Client()
    client.force_login(ana)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}

    def opened(path: str = "/unit", *, width: int = 390) -> Any:
        context = chromium.new_context(viewport={"width": width, "height": 844})
        context.add_cookies([cookie])
        context.route("**/unit", unit_page)
        context.route("**/problem_check", check)
        context.route(
            "**/mfe", lambda route: route.fulfill(content_type="text/html", body='<iframe src="/unit"></iframe>')
        )
        context.route("**/jquery.js", lambda route: route.fulfill(content_type="text/javascript", body=JQUERY))
        context.route("**/capa.js", lambda route: route.fulfill(content_type="text/javascript", body=CAPA))
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.append(request.url) if "/api/v1/" in request.url else None)
        page.goto(live_server.url + path)
        page.wait_for_load_state("networkidle")
        return page

    opened.asked, opened.complaints = asked, complaints  # type: ignore[attr-defined]
    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def answer(page: Any, name: str, text: str) -> None:
    wrapper = page.locator(f"#problem_{name}")
    wrapper.locator("input").fill(text)
    wrapper.locator(".submit").click()


def place(page: Any, name: str) -> Any:
    return page.locator(f'.me-feedback[data-problem="{problem(name)}"]')


def test_a_unit_that_is_only_read_asks_nothing_and_looks_as_before(visit):
    page = visit()
    assert visit.asked == []
    assert page.locator("[data-wait]").count() == len(NAMES)
    assert not page.locator("[data-wait]").first.is_visible()
    assert page.get_by_role("link", name="My plan").is_visible()


def test_a_question_that_is_answered_late_does_not_take_this_attempt_for_the_one_before(visit, ana, settings):  # noqa: F811
    """The first touch is the click that sends the answer, and the server grades before it says what there was."""
    page = visit()
    held: list[Any] = []

    def hold(route: Any) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    def grade(route: Any) -> None:
        capture.receive(event=answered(user=ana.pk, name="add1", attempt=1, right=False))
        client = Client()
        client.force_login(ana)
        address = held[0].request.url
        said = client.get(address[address.index("/metaedu/") :])
        assert said.json()["status"] == "ready", "it is this very attempt that is told"
        held[0].fulfill(content_type="application/json", body=said.content.decode())
        time.sleep(0.3)  # the page has that before it hears of the grading
        route.fulfill(content_type="application/json", body=json.dumps({"success": "incorrect", "contents": "Graded."}))

    page.route("**/feedback?*", hold)
    page.route("**/problem_check", grade)
    page.locator("#problem_add1 .submit").click()
    place(page, "add1").locator(".me-feedback-head").wait_for()


def test_feedback_appears_right_below_the_answered_problem(visit):
    page = visit()
    answer(page, "add2", "wrong")
    place(page, "add2").locator(".me-feedback-head").wait_for()
    assert page.evaluate(
        "(key) => document.getElementById(key).querySelector('.xblock').nextElementSibling.dataset.problem",
        problem("add2"),
    ) == problem("add2")
    assert not place(page, "add1").is_visible()
    assert page.locator("#problem_add2").inner_text().startswith("Graded.")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_problem_is_asked_about_once_it_is_touched(visit):
    page = visit()
    with page.expect_response("**/feedback?*"):
        page.locator("#problem_add1 input").focus()
    page.locator("#problem_add1 .submit").focus()
    page.wait_for_timeout(300)  # a second question would come at once
    assert len(visit.asked) == 1


def test_the_second_answer_replaces_what_was_said_of_the_first(visit):
    page = visit()
    answer(page, "add1", "wrong")
    place(page, "add1").locator(".me-feedback-head").wait_for()
    answer(page, "add1", "right")
    place(page, "add1").locator(".me-feedback-right").wait_for()


def test_what_the_platform_refuses_to_grade_is_no_answer(visit):
    page = visit()
    with page.expect_response("**/feedback?*"), page.expect_response("**/problem_check"):
        answer(page, "add1", "later")
    page.wait_for_timeout(300)  # feedback would be asked for at once
    assert not place(page, "add1").is_visible()
    assert len(visit.asked) == 1


def test_inside_the_learning_app_a_link_leads_out_of_the_frame(visit):
    page = visit("/mfe", width=1280)
    unit = page.frames[1]
    answer(unit, "add1", "wrong")
    place(unit, "add1").locator(".me-feedback-head").wait_for()
    unit.get_by_role("link", name="My plan").last.click()
    page.wait_for_url(f"**/metaedu/learn/{COURSE}/")
    page.wait_for_load_state("networkidle")


def test_a_course_that_was_switched_off_meanwhile_stays_as_it_was(visit):
    page = visit()
    curriculum.set_enabled(course=COURSE, enabled=False)
    answer(page, "add1", "wrong")
    page.wait_for_function("document.querySelector('#problem_add1').innerText.startsWith('Graded.')")
    place(page, "add1").wait_for(state="hidden")
    # the browser itself writes of the API's refusals
    assert all("404" in each for each in visit.complaints)
    visit.complaints.clear()
