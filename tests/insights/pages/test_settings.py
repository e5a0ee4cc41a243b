"""Course settings: what is shown before they hold, that they hold, and who may."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from metaedu_plugin.capture import api as capturing
from metaedu_plugin.capture.models import Learner
from metaedu_plugin.curriculum import api as teaching
from metaedu_plugin.curriculum import openedx
from metaedu_plugin.curriculum.models import Course, SettingsChange
from metaedu_plugin.insights import selectors
from metaedu_plugin.insights.effects import effects
from metaedu_plugin.registry import api as registry
from metaedu_plugin.registry import gateway
from metaedu_plugin.tutoring import states
from tests.insights.classes import simulate
from tests.insights.courses import COURSE, curriculum
from tests.insights.courses import capture as store

pytestmark = pytest.mark.django_db
DEFAULTS = {"mastered": 85, "target": 75, "minutes_a_day": 20}


@pytest.fixture(autouse=True)
def engine(settings: Any, tmp_path: Path) -> Iterator[None]:
    """The shipped model, with states of this test's own."""
    settings.METAEDU_STORE = f"sqlite:///{tmp_path / 'states.sqlite3'}"
    gateway.reset()
    yield
    gateway.reset()


@pytest.fixture
def course(page: Client) -> Client:
    """Twenty learners who have answered twelve items."""
    curriculum(items=12)
    store(simulate(learners=20, items=12, seed=2).answers)
    for one in Learner.objects.all():
        states.catch_up(course=COURSE, learners=[one.pseudonym])
    return page


def url(name: str = "settings", course: str = COURSE) -> str:
    return reverse(f"metaedu_insights:{name}", args=[course])


def preview(client: Client, **fields: Any) -> str:
    given = {**DEFAULTS, "do": "preview", **fields}
    return client.post(url(), {name: value for name, value in given.items() if value is not None}).content.decode()


def save(client: Client, html: str) -> str:
    (token,) = re.findall(r'name="token" value="([^"]+)"', html)
    return client.post(url(), {"do": "save", "token": token}, follow=True).content.decode()


def next_items() -> dict[str, str | None]:
    """What each learner is suggested, by pseudonym."""
    found = {}
    for one in Learner.objects.all():
        told = registry.tutor().next(
            course=COURSE,
            learner=one.pseudonym,
            course_map=teaching.course_map(course=COURSE),
            now=0,
            policy=teaching.policy(course=COURSE),
        )
        found[one.pseudonym] = told.action.item if told.action else None
    return found


def test_the_page_says_what_holds_and_leads_from_and_to_the_course(course: Client) -> None:
    html = course.get(url()).content.decode()
    assert 'name="mastered" value="85"' in html and 'name="target" value="75"' in html
    assert "Nothing yet: the defaults hold." in html and "Item 11" in html
    assert url("page") in html and url() in course.get(url("page")).content.decode()
    assert not re.search(r"\sstyle=|\son\w+=|<style", html)


def test_nothing_holds_before_it_was_looked_at_and_saved(course: Client) -> None:
    html = preview(course, mastered=90)
    assert "Nothing is changed yet" in html and "A learner never loses what they have got" in html
    assert teaching.policy(course=COURSE).mastered == 0.85 and not SettingsChange.objects.exists()
    assert "Saved." in save(course, html)
    assert teaching.policy(course=COURSE).mastered == 0.9
    html = course.get(url()).content.decode()
    assert 'name="mastered" value="90"' in html and f"· {COURSE}" in html
    assert "85\u00a0%, then 90\u00a0%" in html


def test_the_preview_tells_now_from_then_for_nameless_learners_and_a_made_up_one(course: Client) -> None:
    Course.objects.filter(key=COURSE).update(title="Algebra")
    out = [one.item for one in teaching.course_map(course=COURSE).candidates][:6]
    html = preview(course, left_out=out)
    assert "newly left out: Item 0, Item 1" in html and "Learners can still open" in html
    assert len(re.findall(r"<h3>Learner \d+, 12 answers", html)) == 3
    assert "A made-up learner who has not answered yet" in html
    assert "They stand for the 20 of the course" in html
    assert not any(one.pseudonym in html for one in Learner.objects.all())
    told = [re.sub(r"<[^>]+>|\s+", " ", part) for part in html.split("<h4>")[1:]]
    left_out = re.compile(r"Item [0-5]\b")
    assert left_out.search(told[-2]) and not left_out.search(told[-1]), "what the beginner is told, now and then"


def test_the_figures_are_those_of_the_engine(course: Client) -> None:
    before = teaching.settings(course=COURSE)
    after = msgspec.structs.replace(before, mastered=0.6, left_out=("item000", "item001", "item002"))
    room = selectors.classroom_of(course=COURSE)
    told = effects(course=COURSE, room=room, before=before, after=after)
    asked = {"course": COURSE, "learners": list(room.mastery.rows), "skills": room.mastery.skills, "now": room.latest}
    counts = [
        sum(
            one.status == "mastered"
            for row in registry.tutor().mastery_many(**asked, policy=teaching.policy_of(one_side))
            for one in row
        )
        for one_side in (before, after)
    ]
    assert told.lost == 0 and told.gained == counts[1] - counts[0] > 0
    assert (told.looked_at, told.judged, told.learners) == (8, 20, 20)
    first = next_items()
    teaching.change_settings(course=COURSE, wanted=after, by="x")
    then = next_items()
    assert told.changed > 0 and sum(first[one] != then[one] for one in first) >= told.changed


def test_a_change_is_taken_back_by_a_preview_of_its_own(course: Client) -> None:
    save(course, preview(course, target=60, left_out=["item003"]))
    save(course, preview(course, target=60, left_out=["item003", "item004"]))
    first = SettingsChange.objects.order_by("id")[0]
    html = course.post(url(), {"do": "take_back", "change": first.pk}).content.decode()
    assert "suggested again: Item 3" in html and "60\u00a0%, then 75\u00a0%" in html
    assert teaching.settings(course=COURSE).left_out == ("item003", "item004")
    save(course, html)
    now = teaching.settings(course=COURSE)
    assert (now.target, now.left_out) == (0.75, ("item004",))
    assert len(teaching.changes(course=COURSE)) == 3


def test_bad_numbers_are_answered_with_what_to_do_and_what_was_typed_stays(course: Client) -> None:
    answer = course.post(url(), {**DEFAULTS, "do": "preview", "mastered": 99, "left_out": ["item005"]})
    html = answer.content.decode()
    assert answer.status_code == 400 and "The mastery threshold must be between 60 % and 95 %." in html
    assert 'value="99"' in html and re.search(r'value="item005" checked', html)
    assert course.post(url(), {"do": "preview", "mastered": "many"}).status_code == 400
    for number in ("7", "", "-1", "seven", "\u0667", "9" * 30):
        answer = course.post(url(), {"do": "take_back", "change": number}, follow=True)
        assert "no such change" in answer.content.decode(), number
    assert not SettingsChange.objects.exists()


def test_what_was_previewed_is_not_saved_over_what_somebody_else_saved_meanwhile(course: Client) -> None:
    mine, theirs = preview(course, target=60), preview(course, mastered=80)
    save(course, theirs)
    assert "Somebody has changed the settings meanwhile" in save(course, mine)
    assert teaching.settings(course=COURSE).target == 0.75
    assert "too old" in course.post(url(), {"do": "save", "token": "made up"}, follow=True).content.decode()


def test_a_faulty_item_is_shown_as_left_out_with_the_reason(course: Client) -> None:
    teaching.mark_faulty(course=COURSE, item="item002")
    html = course.get(url()).content.decode()
    assert re.search(r'value="item002" checked disabled', html) and "left out: marked as faulty" in html
    html = preview(course, left_out=["item001"])
    assert "newly left out: Item 1<" in html.replace("&#x27;", "'") or "newly left out: Item 1" in html
    save(course, html)
    assert teaching.settings(course=COURSE).left_out == ("item001",)


def test_suggestions_are_switched_on_unless_the_platform_has_the_say(course: Client, monkeypatch: Any) -> None:
    save(course, preview(course, enabled="on"))
    assert Course.objects.get(key=COURSE).enabled
    monkeypatch.setattr(openedx, "flag_is_on", lambda *, course: True)
    html = course.get(url()).content.decode()
    assert "its flag metaedu.enabled" in html and re.search(r'name="enabled"[^>]*disabled', html)
    assert "Nothing is different" in course.post(url(), {**DEFAULTS, "do": "preview"}, follow=True).content.decode()
    assert Course.objects.get(key=COURSE).enabled


def test_the_page_says_when_suggestions_are_off_everywhere(course: Client) -> None:
    capturing.switch(name="feedback", on=False, by="boss")
    assert "switched off for the whole platform" in course.get(url()).content.decode()


def test_an_empty_course_and_one_that_nobody_has_heard_of(page: Client) -> None:
    assert "There is no such course here yet" in page.get(url()).content.decode()
    teaching.save_course(key=COURSE, title="Empty")
    assert "no items yet" in page.get(url()).content.decode()
    html = preview(page, mastered=90)
    assert "Nobody has answered yet" in html and "There is nothing to suggest in this course yet." in html
    assert "Saved." in save(page, html)


def test_while_a_large_class_is_read_the_preview_has_the_made_up_learner(course: Client, monkeypatch: Any) -> None:
    def reading(*, course: str) -> Any:
        raise selectors.StillReading(failed=False)

    monkeypatch.setattr(selectors, "classroom_of", reading)
    html = preview(course, mastered=90)
    assert "still being read" in html and "A made-up learner" in html and "Learner 1" not in html


def test_with_the_service_down_it_is_the_prior_that_answers_and_the_page_stays(course: Client, settings: Any) -> None:
    settings.METAEDU_SERVING_URL = "http://127.0.0.1:9"
    gateway.reset()
    html = preview(course, left_out=["item000"])
    assert "For some learners, now and then" in html
    assert "Saved." in save(course, html)


@pytest.mark.parametrize("name", ["settings", "settings-told", "preview", "preview-told"])
def test_others_find_nothing(course: Client, name: str) -> None:
    other = Client()
    assert other.get(url(name)).status_code in {302, 403}
    other.force_login(get_user_model().objects.create_user("course-v1:another+course+run"))
    assert other.get(url(name)).status_code == 404 and other.post(url(name), {}).status_code == 404


def test_changing_needs_the_token_of_the_form(course: Client, teacher: Any) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(teacher)
    assert strict.post(url(), {**DEFAULTS, "do": "preview"}).status_code == 403
    assert strict.post(url("settings-told"), {"token": "x"}, content_type="application/json").status_code == 403


def test_the_api_reads_previews_saves_and_takes_back(course: Client) -> None:
    told = course.get(url("settings-told")).json()
    assert told["settings"]["mastered"] == 0.85 and told["limits"][0] == {
        "name": "mastered",
        "least": 0.6,
        "most": 0.95,
    }
    kind = {"content_type": "application/json"}
    seen = course.post(url("settings-tried"), {"mastered": 0.9, "left_out": ["item001"]}, **kind).json()
    assert seen["settings"]["left_out"] == ["item001"] and len(seen["shown"]) == 4 and seen["learners"] == 20
    assert seen["shown"][0]["now"]["next"]["sentence"]
    saved = course.post(url("settings-told"), {"token": seen["token"]}, **kind).json()
    assert saved["settings"]["mastered"] == 0.9
    assert saved["changes"][0]["before"] == {"mastered": 0.85, "left_out": []}
    back = course.post(url("settings-tried"), {"take_back": saved["changes"][0]["id"]}, **kind).json()
    assert back["settings"]["mastered"] == 0.85 and back["settings"]["left_out"] == []
    wrong = course.post(url("settings-tried"), {"mastered": 0.1, "left_out": ["nowhere"]}, **kind)
    assert wrong.status_code == 400 and len(wrong.json()["detail"]) == 2
    assert course.post(url("settings-told"), {"token": "old"}, **kind).status_code == 400
