"""What would happen if: it says what would really come, and leaves no trace."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from metaedu_plugin import tracking
from metaedu_plugin.capture.models import Learner, Response
from metaedu_plugin.curriculum import api as teaching
from metaedu_plugin.insights import selectors, trying
from metaedu_plugin.insights.anonymous import sample
from metaedu_plugin.insights.pages import preview
from metaedu_plugin.registry import gateway
from metaedu_plugin.tutoring import guidance, states
from serving.engine import Engine
from serving.state import space
from serving.stores.base import Address
from tests.insights.classes import simulate
from tests.insights.courses import COURSE, curriculum
from tests.insights.courses import capture as store

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def engine(settings: Any, tmp_path: Path) -> Iterator[None]:
    """The shipped model, with states of this test's own."""
    settings.METAEDU_STORE = f"sqlite:///{tmp_path / 'states.sqlite3'}"
    gateway.reset()
    yield
    gateway.reset()


@pytest.fixture
def course(page: Client) -> Client:
    """Thirty learners who have answered most of twenty items."""
    curriculum(items=20, skills=3)
    store(simulate(learners=30, items=20, seed=2, missing=0.3).answers)
    for one in Learner.objects.all():
        states.catch_up(course=COURSE, learners=[one.pseudonym])
    return page


def url(name: str = "preview") -> str:
    return reverse(f"metaedu_insights:{name}", args=[COURSE])


def told(client: Client, **query: str) -> str:
    answer = client.get(url(), query)
    assert answer.status_code == 200
    return answer.content.decode()


def stored() -> dict[str, list[Any]]:
    """Every row of ours."""
    models = [m for one in apps.get_app_configs() if one.label.startswith("metaedu_") for m in one.get_models()]
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in models}


def kept(learners: list[str]) -> list[Any]:
    """States, and counts of the whole course, in the engine's own store."""
    here = gateway.here()
    assert isinstance(here, Engine)
    where = space(here.model.name, here.model.dims)
    keys = ["t", *(f"s:skill{n}" for n in range(3)), *(f"i:item{n:03d}" for n in range(20))]
    loaded = here.store.load_many(where, COURSE, learners, keys)
    applied = [here.store.applied(Address(where, COURSE, one), ["tried 0 0", "tried 14 0"]) for one in learners]
    return [loaded.blobs, loaded.versions, loaded.counts.tolist(), applied, here.store.learners(where, COURSE)]


def test_it_leaves_no_trace_whoever_answers_what(course: Client, monkeypatch: Any) -> None:
    emitted: list[Any] = []
    monkeypatch.setattr(tracking, "emit", lambda **event: emitted.append(event))
    learners = [*Learner.objects.values_list("pseudonym", flat=True), trying.MADE_UP]
    room = selectors.classroom_of(course=COURSE)
    before = stored(), kept(learners)
    a = preview.encoded([("item003", True), ("item004", False), ("item003", True)])
    for who in ("", sample(room)[4].code):
        for query in ({}, {"a": a}, {"a": a, "item": preview.code("item007")}):
            html = told(course, who=who, **query)
            assert "The plan of their first week" in html
    body = {"learner": sample(room)[2].code, "answers": [{"item": "item001", "correct": False}]}
    assert course.post(url("preview-told"), body, content_type="application/json").status_code == 200
    assert (stored(), kept(learners)) == before
    assert emitted == []


def test_what_it_says_of_a_real_learner_is_what_comes(course: Client) -> None:
    room = selectors.classroom_of(course=COURSE)
    one = sample(room)[5]
    for correct in (True, False):
        given = [("item002", correct)]
        tried = trying.try_out(course=COURSE, learner=one.learner, given=given)
        assert tried.said and tried.said.correct == correct
        Response.objects.create(
            key=f"really{correct}",
            learner=Learner.objects.get(pseudonym=one.learner),
            course=COURSE,
            problem="item002",
            item="item002",
            correct=correct,
            score=float(correct),
            attempt=1 + Response.objects.filter(learner__pseudonym=one.learner, item="item002").count(),
            time=timezone.now(),
        )
        states.ensure(course=COURSE, learner=one.learner)
        come = guidance.next_action(course=COURSE, learner=one.learner)
        assert (tried.next["reason"], tried.next["sentence"]) == (come["reason"], come["sentence"])
        assert (tried.next["action"] or {}).get("item") == (come["action"] or {}).get("item")
        standing = guidance.mastery(course=COURSE, learner=one.learner)["skills"]
        for told_so, is_so in zip(tried.skills, standing, strict=True):
            assert (told_so["responses"], told_so["correct"]) == (is_so["responses"], is_so["correct"])
            assert abs(told_so["range"]["mean"] - is_so["range"]["mean"]) <= 1


def test_the_course_s_own_settings_and_items_hold_in_it(course: Client) -> None:
    out = tuple(f"item{n:03d}" for n in range(0, 20, 2))
    wanted = teaching.SettingsInfo(left_out=out, minutes_a_day=5)
    teaching.change_settings(course=COURSE, wanted=wanted, by="x")
    tried = trying.try_out(course=COURSE)
    suggested = {step["item"] for day in tried.days for step in day["steps"]}
    assert suggested and not suggested & set(out)
    assert all(day["minutes"] <= 5 for day in tried.days)


def test_beginners_differ_as_their_names_say(course: Client) -> None:
    room = selectors.classroom_of(course=COURSE)
    right, means = {}, {}
    for name, ability in trying.BEGINNERS.items():
        given = trying.beginner(room, ability=ability)
        right[name] = sum(correct for _, correct in given)
        skills = trying.try_out(course=COURSE, given=given).skills
        means[name] = sum(each["range"]["mean"] for each in skills)
        assert len(given) == 10
    assert right["strong"] > right["average"] > right["struggling"]
    assert means["strong"] > means["average"] > means["struggling"]


def test_both_ways_of_one_more_answer_stand_side_by_side(course: Client) -> None:
    item = preview.code("item007")
    html = told(course, a=preview.encoded([("item001", True)]), item=item)
    assert "What if they now answer “Item 7”" in html and "If it is right" in html and "If it is wrong" in html
    assert re.search(rf'value="{item}" selected', html)
    tried = trying.try_out(course=COURSE, given=[("item001", True)], then="item007")
    assert [each.correct for each in tried.then] == [True, False]
    assert tried.then[0].headline == "Right!" and tried.then[1].headline.startswith("Not right yet")


def test_answers_are_added_and_taken_away_by_the_address(course: Client) -> None:
    item = preview.code("item001")
    first = course.get(url(), {"item": item, "did": "right"})
    assert first.status_code == 302 and first.url == f"{url()}?a={item}r#told"
    second = course.get(url(), {"a": f"{item}r", "item": item, "did": "wrong"})
    assert second.url.endswith(f"?a={item}r{item}w#told")
    assert course.get(url(), {"a": f"{item}r{item}w", "did": "back"}).url.endswith(f"?a={item}r#told")
    html = told(course, a=f"{item}r00000000w<script>{item}w")
    assert html.count("Item 1: ") == 2 and "<script>{" not in html
    many = told(course, a=f"{item}r" * 100)
    assert many.count("Item 1: right") == trying.MOST and "answers are enough to try out" in many


def test_real_learners_have_numbers_and_no_names(course: Client) -> None:
    html = told(course)
    assert "Learner 1, " in html and "Chosen from 30 learners" in html
    assert not any(one.pseudonym in html or one.pseudonym[:6] in html for one in Learner.objects.all())
    assert "You see a made-up one" in told(course, who="0123456789ab")
    assert not re.search(r"\sstyle=|\son\w+=|<style", html)


def test_an_empty_course_says_so(page: Client) -> None:
    assert "no items yet" in told(page)
    curriculum(items=3)
    html = told(page)
    assert "Has not answered yet." in html and "A real learner" not in html and "The plan of their first week" in html


def test_the_service_may_be_down(course: Client, settings: Any) -> None:
    expected = trying.try_out(course=COURSE, given=[("item001", False)])
    settings.METAEDU_SERVING_URL = "http://127.0.0.1:9"
    gateway.reset()
    tried = trying.try_out(course=COURSE, given=[("item001", False)])
    assert tried.next["sentence"] == expected.next["sentence"] and tried.next["source"] == "shipped"
    assert [one["range"] for one in tried.skills] == [one["range"] for one in expected.skills]
    assert "What they are suggested next" in told(course, a=preview.encoded([("item001", False)]))


def test_a_store_that_is_away_is_said_in_words(course: Client, settings: Any) -> None:
    selectors.classroom_of(course=COURSE)
    settings.METAEDU_STORE = "redis://127.0.0.1:9/0"
    gateway.reset()
    answer = course.get(url())
    assert answer.status_code == 503 and "cannot be worked out just now" in answer.content.decode()
    assert course.post(url("preview-told"), {}, content_type="application/json").status_code == 503


def test_the_api_gives_learners_and_tries_answers(course: Client) -> None:
    who = course.get(url("preview-told")).json()
    assert len(who["learners"]) == 8 and [one["name"] for one in who["beginners"]] == list(trying.BEGINNERS)
    kind = {"content_type": "application/json"}
    body = {"learner": who["learners"][3]["code"], "answers": [{"item": "item001", "correct": True}], "then": "item002"}
    answer = course.post(url("preview-told"), body, **kind).json()
    assert answer["said"]["correct"] and len(answer["skills"]) == 3 and len(answer["then"]) == 2
    assert answer["then"][0]["item"] == "item002"
    for wrong in ({"learner": "nobody"}, {"answers": [{"item": "nowhere", "correct": True}]}, {"then": "nowhere"}):
        assert course.post(url("preview-told"), wrong, **kind).status_code == 400
