"""Mine: why, what is kept, the switch, and deleting, on the server and in a real browser."""

from __future__ import annotations

import time
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.test import Client

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.registry import api as registry
from metaedu_plugin.tutoring import replay
from metaedu_plugin.tutoring.models import LatestFeedback, ObservedUpTo
from tests.tutoring.conftest import WCAG, Open
from tests.tutoring.events import COURSE, answered

PAGE = f"/metaedu/learn/{COURSE}/mine"
DELETE = f"/metaedu/learn/{COURSE}/delete"


@pytest.fixture
def client(course: str, ana: User) -> Client:
    """Ana, signed in, after four answers."""
    for number in range(4):
        capture.receive(event=answered(user=ana.pk, name=f"equal{number % 3 + 1}", attempt=number + 1))
    capture.drain()
    client = Client()
    client.force_login(ana)
    return client


def text(answer: Any) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def seen(user: User) -> int:
    """Answers that the learner's state stands for."""
    learner = capture.learner_for(user_id=user.pk)
    found = registry.tutor().mastery(course=COURSE, learner=learner, skills=["equal", "add"], now=time.time())
    return sum(each.responses for each in found)


def test_it_says_why_and_how_much_is_kept(client: Client) -> None:
    said = text(client.get(PAGE))
    assert "Suggested to you now:" in said
    assert "What counted here:" in said
    assert '<td class="me-number">4</td><td class="me-number">0</td>' in said
    assert "Download all of it" in said


def test_it_opens_whatever_is_switched_off(client: Client, ana: User) -> None:
    curriculum.set_enabled(course=COURSE, enabled=False)
    assert "Nothing is suggested to you in this course just now" in text(client.get(PAGE))
    curriculum.set_enabled(course=COURSE, enabled=True)
    chosen = client.post(f"/metaedu/learn/{COURSE}/choice", {"way": "off", "back": "mine"})
    assert chosen["Location"] == PAGE
    assert "Switch on again in this course" in text(client.get(PAGE))


def test_it_opens_while_no_model_can_be_asked(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("the registry is gone")

    monkeypatch.setattr("metaedu_plugin.registry.api.tutor", broken)
    assert "What is kept about me" in text(client.get(PAGE))


def test_nothing_is_deleted_by_accident(client: Client, ana: User) -> None:
    assert client.get(DELETE).status_code == 405
    said = text(client.post(DELETE, {"what": "worked_out"}, follow=True))
    assert "Nothing was deleted: tick the box first" in said
    assert LatestFeedback.objects.exists()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ana)
    assert strict.post(DELETE, {"what": "worked_out", "sure": "yes"}).status_code == 403


def test_what_was_worked_out_goes_and_does_not_come_back(client: Client, ana: User, ben: User) -> None:
    capture.receive(event=answered(user=ben.pk))
    capture.drain()
    assert (seen(ana), seen(ben)) == (4, 1)
    said = text(client.post(DELETE, {"what": "worked_out", "sure": "yes"}, follow=True))
    assert "It is deleted." in said
    learner = capture.learner_for(user_id=ana.pk)
    assert seen(ana) == 0
    assert not LatestFeedback.objects.filter(learner__pseudonym=learner).exists()
    assert not ObservedUpTo.objects.filter(learner__pseudonym=learner).exists()
    # Answers of before are the course's; later ones are not taken in; a new champion's replay makes nothing of either.
    capture.receive(event=answered(user=ana.pk, name="add1"))
    capture.drain()
    replay.replay(course=COURSE)
    assert len(list(capture.responses(course=COURSE, learner=learner))) == 4
    assert (seen(ana), seen(ben)) == (0, 1)
    # The way back is the learner's own, and begins with what the course still has.
    client.post(f"/metaedu/learn/{COURSE}/choice", {"way": "on"})
    client.get(f"/metaedu/learn/{COURSE}/")
    assert seen(ana) == 4


def test_while_the_store_is_away_nothing_is_deleted(client: Client, ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    tutor = registry.tutor()

    def away(**kwargs: Any) -> None:
        raise ConnectionError("the store is away")

    monkeypatch.setattr(tutor, "forget", away)
    said = text(client.post(DELETE, {"what": "worked_out", "sure": "yes"}, follow=True))
    assert "It could not be deleted just now, and nothing was." in said
    assert LatestFeedback.objects.exists()
    assert capture.chosen(user_id=ana.pk, course=COURSE).answers


def test_answers_go_only_where_the_operator_allows_it(client: Client, ana: User, settings: Any) -> None:
    assert "my answers too" not in text(client.get(PAGE))
    assert client.post(DELETE, {"what": "everything", "sure": "yes"}).status_code == 404
    settings.METAEDU_LEARNERS_DELETE_ANSWERS = True
    assert "my answers too" in text(client.get(PAGE))
    client.post(DELETE, {"what": "everything", "sure": "yes"})
    capture.receive(event=answered(user=ana.pk))
    capture.drain()
    assert capture.kept(user_id=ana.pk)["responses"] == []
    assert seen(ana) == 0


@pytest.mark.parametrize("width", [320, 1280])
def test_the_journey_with_the_keyboard_alone(open_page: Open, ana: User, width: int) -> None:
    capture.receive(event=answered(user=ana.pk, name="equal1"))
    page = open_page(f"/metaedu/learn/{COURSE}/", width=width)
    page.get_by_role("link", name="Mine").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/mine")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    report = Axe().run(page, options=WCAG)
    assert report.violations_count == 0, report.generate_report()
    button = page.get_by_role("button", name="Delete what was worked out about me here")
    button.focus()
    page.keyboard.press("Enter")
    # The box is required: the browser goes to it instead of sending the form.
    page.wait_for_function("document.activeElement.matches('[type=checkbox]:invalid')")
    page.get_by_role("checkbox").focus()
    page.keyboard.press("Space")
    button.focus()
    page.keyboard.press("Enter")
    page.get_by_text("It is deleted.").wait_for()
    page.wait_for_load_state()
    assert Axe().run(page, options=WCAG).violations_count == 0
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert open_page.complaints == []  # type: ignore[attr-defined]
