"""The section of the instructor dashboard in a browser: the platform's template around it, our page in its frame."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from crum import impersonate
from django.contrib.auth import get_user_model
from django.test import Client
from mako.lookup import TemplateLookup
from opaque_keys.edx.keys import CourseKey
from openedx_filters.learning.filters import InstructorDashboardRenderStarted

from metaedu_plugin.insights.settings import common
from tests.insights.classes import simulate
from tests.insights.courses import COURSE, Counting, curriculum
from tests.insights.courses import capture as store

pytestmark = pytest.mark.django_db(transaction=True)
DASHBOARD = """<!doctype html><html lang="en"><head><title>Instructor dashboard</title></head><body>
<button onclick="document.getElementById('metaedu').hidden = false">Insights</button>
% for section in sections:
<section id="${section['section_key']}" hidden>
<%include file="${section.get('template_path_prefix', '')}${section['section_key']}.html" args="section_data=section"/>
</section>
% endfor
</body></html>"""


@pytest.fixture
def dashboard(chromium: Any, live_server: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The dashboard, opened by a teacher; `asked` are the addresses of our pages that it asked for."""
    made = SimpleNamespace(MAKO_TEMPLATE_DIRS_BASE=[], METAEDU_COURSE_STAFF="tests.insights.conftest.teaches")
    common.plugin_settings(made)
    for name, value in vars(made).items():
        setattr(settings, name, value)
    # as the platform: nothing may be framed that does not say so
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.middleware.clickjacking.XFrameOptionsMiddleware"]
    monkeypatch.setattr("metaedu_plugin.insights.selectors.registry.tutor", Counting)
    curriculum(items=16)
    store(simulate(learners=60, items=16, reversed_items=(7,), seed=1).answers)
    teacher = get_user_model().objects.create_user(COURSE)
    with impersonate(teacher):
        context, _ = InstructorDashboardRenderStarted.run_filter(
            context={"course": SimpleNamespace(id=CourseKey.from_string(COURSE)), "sections": []},
            template_name="dashboard.html",
        )
    lookup = TemplateLookup(directories=settings.MAKO_TEMPLATE_DIRS_BASE)
    lookup.put_string("/dashboard.html", DASHBOARD)
    body = lookup.get_template("/dashboard.html").render(**context)
    client = Client()
    client.force_login(teacher)
    browser = chromium.new_context(viewport={"width": 1280, "height": 900})
    browser.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    browser.route("**/instructor", lambda route: route.fulfill(content_type="text/html", body=body))
    page, faults = browser.new_page(), []
    page.asked = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url) if "/metaedu/" in request.url else None)
    page.goto(f"{live_server.url}/instructor")
    page.wait_for_load_state("networkidle")
    yield page
    browser.close()
    assert faults == []


def test_the_page_is_asked_for_when_the_section_is_opened_and_shown_whole(dashboard):
    assert dashboard.asked == []
    dashboard.get_by_role("button", name="Insights").click()
    frame = dashboard.frame_locator("iframe")
    frame.locator("#findings").wait_for()
    assert frame.locator(".me-bar").count() == 0
    dashboard.wait_for_function(
        "() => { const f = document.querySelector('iframe');"
        " return f.clientHeight >= f.contentDocument.documentElement.scrollHeight && f.clientHeight > 1000; }"
    )


def test_links_on_the_page_stay_in_it_and_all_others_lead_out(dashboard):
    dashboard.get_by_role("button", name="Insights").click()
    frame = dashboard.frame_locator("iframe")
    frame.get_by_role("link", name="Items", exact=True).click()
    assert dashboard.url.endswith("/instructor")
    with dashboard.expect_download():
        frame.locator("a[href$='/items.csv']").click()
    assert dashboard.url.endswith("/instructor")
    dashboard.get_by_role("link", name="Open on a page of its own").click()
    dashboard.wait_for_url(f"**/metaedu/insights/{COURSE}/")
    assert dashboard.locator(".me-bar").count() == 1


def test_an_item_of_the_course_opens_in_place_of_the_dashboard(dashboard):
    dashboard.get_by_role("button", name="Insights").click()
    link = dashboard.frame_locator("iframe").locator("#items td a, #items th a").first
    target = link.get_attribute("href")
    link.click()
    dashboard.wait_for_url(lambda address: address.endswith(target))
