"""The instructor's page in a browser: begun, looked at and ended without a mouse, under a strict policy, on a phone."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import expect

from bench.experiment_courses import play
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.experiment import api as experiment
from metaedu_plugin.experiment.models import Experiment
from tests.access import checks
from tests.access.conftest import chromium  # noqa: F401
from tests.experiment.conftest import BEGUN, COURSE, take_in

PAGE = f"/metaedu/insights/{COURSE}/experiment/"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page(chromium: Any, live_server: Any, settings: Any) -> Any:  # noqa: F811
    settings.CONTENT_POLICY = "default-src 'self'"
    settings.METAEDU_COURSE_STAFF = "tests.experiment.conftest.teaches"
    curriculum.save_course(key=COURSE, title="Owls")
    client = Client()
    client.force_login(get_user_model().objects.create_user(COURSE))
    context = chromium.new_context(viewport={"width": 390, "height": 844}, base_url=live_server.url)
    session = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    opened = context.new_page()
    opened.faults = []
    opened.on("console", lambda message: opened.faults.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: opened.faults.append(str(error)))
    yield opened
    context.close()


def test_from_the_beginning_to_the_end(page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # A worker that is at hand at once: the task as it is, in this process.
    monkeypatch.setattr("metaedu_plugin.registry.api.send", lambda task, id: experiment.look(id=id))
    page.goto(PAGE)
    begin = page.get_by_role("button", name="Begin")
    page.get_by_label("The smallest difference that would matter").fill("10")
    # Without the tick, the browser keeps the form.
    begin.press("Enter")
    expect(begin).to_be_visible()
    assert not Experiment.objects.exists()
    page.get_by_label("Yes, begin").press("Space")
    begin.press("Enter")
    expect(page.get_by_text("The experiment has begun.")).to_be_visible()
    expect(page.get_by_text("50 of 100 learners get the course's own order")).to_be_visible()
    Experiment.objects.update(begun=BEGUN)
    one = experiment.latest(course=COURSE)
    played = play(seed=4, effect=0.25, learners=100, items=25, before=5, most=12)
    for day in (9, 19):
        take_in(played, one, until=day)
        page.get_by_role("button", name="Fresh figures").press("Enter")
        expect(page.locator("details tbody tr")).to_have_count(1 if day == 9 else 2)
    expect(page.locator("strong", has_text="Suggestions help: of 100 new questions")).to_be_visible()
    page.wait_for_selector("#experiment-plot canvas")
    found = experiment.looks(experiment=one)[-1].difference
    page.get_by_text("Figures of all looks").press("Enter")
    expect(page.locator("details tbody tr").first).to_contain_text(f"+{100 * (found.value or 0):.1f}")
    assert checks.axe(page) + checks.width(page) == []
    page.get_by_label("Yes, end it").press("Space")
    page.get_by_role("button", name="End the experiment").press("Enter")
    expect(page.get_by_text("Everybody gets suggestions now.")).to_be_visible()
    expect(page.get_by_text("The usual range")).to_be_visible()
    assert experiment.running(course=COURSE) is None
    assert page.faults == []
