"""What I was shown: past suggestions, why, and what became of them; bounded, exported, deleted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.test import Client

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.tutoring import suggested
from metaedu_plugin.tutoring.models import Suggestion
from tests.tutoring.conftest import WCAG, Ask, Open
from tests.tutoring.events import COURSE, answered, problem

PAGE = f"/metaedu/learn/{COURSE}/shown"
PLAN = f"/metaedu/learn/{COURSE}/"


@pytest.fixture
def client(course: str, ana: User) -> Client:
    client = Client()
    client.force_login(ana)
    return client


def shown(user: User) -> list[suggested.Shown]:
    return suggested.shown(user_id=user.pk, course=COURSE)


def asked(ask: Ask, user: User) -> Any:
    """The next action, by the API."""
    answer = ask(user, "next")
    assert answer.status_code == 200
    return answer.json()["action"]


def did(client: Client, what: str, action: Any) -> None:
    body = json.dumps({"did": what, "token": action["token"]})
    address = f"/metaedu/api/v1/courses/{COURSE}/actions"
    assert client.post(address, body, content_type="application/json").status_code == 204


def test_a_suggestion_is_kept_once_however_often_it_is_shown(client: Client, ana: User, ask: Ask) -> None:
    action = asked(ask, ana)
    client.get(PLAN)
    asked(ask, ana)
    (only,) = shown(ana)
    assert (only["title"], only["url"], only["did"]) == (action["link"]["title"], action["link"]["url"], "open")
    assert only["sentence"] == action["sentence"]


def test_what_was_done_with_each(client: Client, ana: User, ask: Ask) -> None:
    first = asked(ask, ana)
    did(client, "followed", first)
    assert [each["did"] for each in shown(ana)] == ["followed"]
    capture.receive(event=answered(user=ana.pk, name=first["item"].rpartition("@")[2]))
    second = asked(ask, ana)
    did(client, "dismissed", second)
    third = asked(ask, ana)
    assert len({first["item"], second["item"], third["item"]}) == 3
    other: Any = {"action": {**third, "item": "something-else"}}
    suggested.keep(other, course=COURSE, learner=capture.learner_for(user_id=ana.pk))
    told = shown(ana)
    assert [each["did"] for each in told] == ["open", "nothing", "dismissed", "answered"]
    assert [each["said"] for each in told][1:] == ["You did something else", "You said “not now”", "You answered it"]


def test_feedback_and_its_next_action(client: Client, ana: User, ask: Ask) -> None:
    capture.receive(event=answered(user=ana.pk, name="equal1", right=False))
    for _ in range(2):
        answer = ask(ana, "feedback", problem=problem("equal1")).json()
    assert answer["status"] == "ready"
    (only,) = shown(ana)
    assert only["sentence"] == answer["next"]["sentence"]
    assert only["did"] == "open", "the answer came before the suggestion"


def test_the_last_ones_are_kept_and_each_course_has_its_own(
    client: Client, ana: User, ben: User, monkeypatch: pytest.MonkeyPatch, ask: Ask
) -> None:
    monkeypatch.setattr(suggested, "MOST", 3)
    learner = capture.learner_for(user_id=ana.pk)
    action = asked(ask, ana)
    for number in range(6):
        following: Any = {"action": {**action, "item": f"item{number}"}}
        suggested.keep(following, course=COURSE, learner=learner)
        suggested.keep(following, course="other", learner=learner)
    kept = Suggestion.objects.filter(course=COURSE).order_by("pk")
    assert [row.item for row in kept] == ["item3", "item4", "item5"]
    assert Suggestion.objects.filter(course="other").count() == 3
    assert shown(ben) == []


def test_a_record_that_cannot_be_kept_takes_nothing_from_the_page(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**kwargs: Any) -> None:
        raise RuntimeError("the table is gone")

    monkeypatch.setattr(Suggestion.objects, "create", broken)
    answer = client.get(PLAN)
    assert answer.status_code == 200
    assert b"Why am I shown this?" in answer.content


def test_it_opens_whatever_is_switched_off_and_only_for_oneself(client: Client, ana: User, ask: Ask) -> None:
    title = asked(ask, ana)["link"]["title"]
    curriculum.set_enabled(course=COURSE, enabled=False)
    assert title in client.get(PAGE).content.decode()
    assert PAGE in client.get(f"/metaedu/learn/{COURSE}/mine").content.decode()
    assert Client().get(PAGE).status_code == 302
    assert client.get("/metaedu/learn/nowhere/shown").status_code == 404


def test_nobody_is_made_a_learner_by_looking(client: Client, ana: User) -> None:
    assert "Nothing was suggested to you here yet." in client.get(PAGE).content.decode()
    assert not capture.kept(user_id=ana.pk)["learner"]


def test_it_is_in_the_download_and_goes_with_deleting_and_retirement(client: Client, ana: User, ask: Ask) -> None:
    action = asked(ask, ana)
    mine = client.get("/metaedu/api/v1/me").json()["shown"]["Suggestion"]
    assert [(each["item"], each["did"]) for each in mine] == [(action["item"], "")]
    client.post(f"/metaedu/learn/{COURSE}/delete", {"what": "worked_out", "sure": "yes"})
    assert not Suggestion.objects.exists()
    client.post(f"/metaedu/learn/{COURSE}/choice", {"way": "on"})
    asked(ask, ana)
    assert Suggestion.objects.exists()
    capture.forget(user_id=ana.pk)
    assert not Suggestion.objects.exists()


@pytest.mark.parametrize("width", [320, 1280])
def test_the_way_there_and_back_with_the_keyboard(open_page: Open, ana: User, ask: Ask, width: int) -> None:
    asked(ask, ana)
    page = open_page(f"/metaedu/learn/{COURSE}/mine", width=width)
    page.get_by_role("link", name="What I was shown before").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/shown")
    page.get_by_role("heading", name="What I was shown").wait_for()
    for direction in ("ltr", "rtl"):
        page.evaluate("(dir) => { document.documentElement.dir = dir; }", direction)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    report = Axe().run(page, options=WCAG)
    assert report.violations_count == 0, report.generate_report()
    page.get_by_role("link", name="Back to “Mine”").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/mine")
    assert open_page.complaints == []  # type: ignore[attr-defined]
