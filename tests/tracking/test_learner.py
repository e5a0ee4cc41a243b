"""What a learner sees and does, over the real stack, as it reaches the platform's log."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from metaedu_plugin import tracking
from metaedu_plugin.capture import api as capture
from metaedu_plugin.tutoring import offers
from metaedu_plugin.tutoring.models import DismissedAction
from tests.tracking import collecting
from tests.tracking.conftest import Events
from tests.tutoring.conftest import Ask
from tests.tutoring.events import COURSE, answered, problem

PAGE = f"/metaedu/learn/{COURSE}/"


def act(user: User, did: str, token: str, **more: Any) -> Any:
    client = Client()
    client.force_login(user)
    body = {"did": did, "token": token, **more}
    return client.post(f"/metaedu/api/v1/courses/{COURSE}/actions", body, content_type="application/json")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_feedback_and_its_action_are_shown_once_for_each_attempt(ask: Ask, ana: User, events: Events) -> None:
    capture.receive(event=answered(user=ana.pk, right=False))
    for _ in range(3):
        said = ask(ana, "feedback", problem=problem("add1")).json()
    (feedback,) = events(tracking.FEEDBACK_SHOWN)
    assert feedback["item"] == problem("add1")
    assert feedback["skill"] == "add"
    assert feedback["correct"] is False
    assert feedback["reason"] == said["parts"][0]["reason"] == "first_response"
    assert feedback["parts"] == [{"item": problem("add1") + "#2_1", "reason": "first_response"}]
    assert (feedback["model"], feedback["source"]) == (said["model"], "shipped")
    (shown,) = events(tracking.RECOMMENDATION_SHOWN)
    action = said["next"]["action"]
    assert {name: shown[name] for name in ("kind", "reason", "item", "skill", "probability")} == {
        name: action[name] for name in ("kind", "reason", "item", "skill", "probability")
    }
    assert shown["place"] == "feedback"
    capture.receive(event=answered(user=ana.pk, right=True, attempt=2))
    ask(ana, "feedback", problem=problem("add1"))
    assert len(events(tracking.FEEDBACK_SHOWN)) == 2
    assert len(events(tracking.RECOMMENDATION_SHOWN)) == 2


def test_the_same_action_in_another_place_is_not_shown_again(ask: Ask, ana: User, events: Events) -> None:
    capture.receive(event=answered(user=ana.pk))
    first = ask(ana, "feedback", problem=problem("add1")).json()["next"]["action"]
    again = ask(ana, "next").json()["action"]
    assert (first["kind"], first["item"]) == (again["kind"], again["item"])
    assert len(events(tracking.RECOMMENDATION_SHOWN)) == 1


def test_two_learners_are_shown_it_each(ask: Ask, ana: User, ben: User, events: Events) -> None:
    for user in (ana, ben):
        ask(user, "next")
    assert len(events(tracking.RECOMMENDATION_SHOWN)) == 2


def test_waiting_and_nothing_are_not_shown(ask: Ask, ana: User, events: Events) -> None:
    ask(ana, "feedback", problem=problem("add1"))
    ask(ana, "feedback", problem=problem("add1"), since="none")
    assert collecting.received == []


def test_no_event_names_the_learner(ask: Ask, ana: User, events: Events) -> None:
    capture.receive(event=answered(user=ana.pk, right=False))
    token = ask(ana, "feedback", problem=problem("add1")).json()["next"]["action"]["token"]
    signed_in(ana).get(PAGE)
    act(ana, "followed", token)
    act(ana, "dismissed", token)
    pseudonym = capture.learner_for(user_id=ana.pk)
    assert len(collecting.received) >= 5
    for event in collecting.received:
        told = json.dumps({**event, "timestamp": ""})
        assert pseudonym not in told and "ana" not in told.split('"') and "user" not in event["data"]
        assert set(event["context"]) == {"course_id", "org_id"}


def test_the_plan_is_viewed_once_a_visit(ask: Ask, ana: User, events: Events) -> None:
    client = signed_in(ana)
    for _ in range(2):
        assert client.get(PAGE).status_code == 200
    (viewed,) = events(tracking.PLAN_VIEWED)
    assert viewed["steps"] > 0 and viewed["minutes_a_day"] == 20
    assert viewed["reason"] in ("plan_ready", "plan_too_short")
    client.get(PAGE, {"minutes_a_day": 40})
    assert [each["minutes_a_day"] for each in events(tracking.PLAN_VIEWED)] == [20, 40]


def test_followed_carries_what_was_offered(ask: Ask, ana: User, events: Events) -> None:
    said = ask(ana, "next").json()
    assert act(ana, "followed", said["action"]["token"], place="page").status_code == 204
    (followed,) = events(tracking.RECOMMENDATION_FOLLOWED)
    offered = {name: said["action"][name] for name in ("kind", "reason", "item", "skill")}
    assert followed == {
        "version": 1,
        "course_id": COURSE,
        "place": "page",
        "model": said["model"],
        "source": said["source"],
        **offered,
    }
    assert not DismissedAction.objects.exists()


def test_dismissed_is_not_offered_again_for_a_week(ask: Ask, ana: User, ben: User, events: Events) -> None:
    before = ask(ana, "next").json()["action"]
    assert act(ana, "dismissed", before["token"]).status_code == 204
    (event,) = events(tracking.RECOMMENDATION_DISMISSED)
    assert event["item"] == before["item"]
    after = ask(ana, "next").json()["action"]
    assert after["item"] != before["item"]
    steps = [step["item"] for day in ask(ana, "plan").json()["days"] for step in day["steps"]]
    assert steps and before["item"] not in steps
    assert ask(ben, "next").json()["action"]["item"] == before["item"]
    DismissedAction.objects.update(until=timezone.now() - datetime.timedelta(seconds=1))
    assert ask(ana, "next").json()["action"]["item"] == before["item"]


def test_dismissed_from_the_feedback_another_action_takes_its_place(ask: Ask, ana: User, events: Events) -> None:
    capture.receive(event=answered(user=ana.pk))
    first = ask(ana, "feedback", problem=problem("add1")).json()["next"]["action"]
    act(ana, "dismissed", first["token"], place="feedback")
    second = ask(ana, "feedback", problem=problem("add1")).json()["next"]["action"]
    assert (second["kind"], second["item"]) != (first["kind"], first["item"])
    capture.receive(event=answered(user=ana.pk, attempt=2))
    third = ask(ana, "feedback", problem=problem("add1")).json()["next"]["action"]
    assert third["item"] != first["item"]


def test_reading_is_dismissed_apart_from_the_questions_of_its_skill(ask: Ask, ana: User) -> None:
    for attempt in range(1, 5):
        capture.receive(event=answered(user=ana.pk, right=False, attempt=attempt))
    first = ask(ana, "feedback", problem=problem("add1")).json()["next"]["action"]
    assert (first["kind"], first["reason"], first["skill"]) == ("read", "read_first", "add")
    act(ana, "dismissed", first["token"])
    second = ask(ana, "next").json()["action"]
    assert second["kind"] != "read"
    assert second["item"]


def test_when_all_is_dismissed_there_is_no_action_and_no_failure(ask: Ask, ana: User) -> None:
    for _ in range(10):
        action = ask(ana, "next").json()["action"]
        if action is None:
            break
        act(ana, "dismissed", action["token"])
    assert ask(ana, "next").json()["reason"] == "no_candidates"


@pytest.mark.parametrize(
    "token", ["", "nothing", "W10:aaaa", offers.sign(offers.Offer(kind="read", reason="x"), course="another")]
)
def test_a_strange_token_is_refused_and_nothing_emitted(course: str, ana: User, events: Events, token: str) -> None:
    answer = act(ana, "followed", token)
    assert (answer.status_code, answer.json()["status"]) == (400, "invalid")
    assert answer.json()["detail"]["token"]
    assert collecting.received == []


def test_a_token_of_another_kind_of_ours_is_refused(course: str, ana: User) -> None:
    from django.core import signing

    token = signing.Signer(salt="something.else").sign_object([COURSE, {"kind": "read", "reason": "x"}])
    assert act(ana, "followed", token).status_code == 400


def test_without_the_csrf_token_or_signed_out_nothing_is_taken_in(ask: Ask, ana: User) -> None:
    token = ask(ana, "next").json()["action"]["token"]
    client = Client(enforce_csrf_checks=True)
    body = {"did": "dismissed", "token": token}
    url = f"/metaedu/api/v1/courses/{COURSE}/actions"
    assert client.post(url, body, content_type="application/json").status_code == 403
    client.force_login(ana)
    assert client.post(url, body, content_type="application/json").status_code == 403
    assert not DismissedAction.objects.exists()
    capture.receive(event=answered(user=ana.pk))
    cookie = client.get(f"/metaedu/api/v1/courses/{COURSE}/feedback", {"problem": problem("add1")}).cookies["csrftoken"]
    taken = client.post(url, body, content_type="application/json", headers={"X-CSRFToken": cookie.value})
    assert taken.status_code == 204
    assert DismissedAction.objects.count() == 1


def test_the_page_dismisses_without_scripts(ask: Ask, ana: User, events: Events) -> None:
    client = signed_in(ana)
    action = ask(ana, "next").json()["action"]
    answer = client.post(f"{PAGE}dismiss", {"token": action["token"]}, follow=True)
    assert answer.redirect_chain == [(f"{PAGE}?dismissed=1", 302)]
    html = answer.content.decode()
    assert "That will not be suggested again for a while" in html
    assert action["token"] not in html
    assert events(tracking.RECOMMENDATION_DISMISSED)[0]["place"] == "page"
    assert client.get(f"{PAGE}dismiss").status_code == 405


def test_a_strange_token_on_the_page_leads_back_to_it(course: str, ana: User) -> None:
    answer = signed_in(ana).post(f"{PAGE}dismiss", {"token": "strange"})
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert not DismissedAction.objects.exists()


def test_who_switched_suggestions_off_neither_dismisses_nor_is_told_of(ask: Ask, ana: User, events: Events) -> None:
    token = ask(ana, "next").json()["action"]["token"]
    collecting.received.clear()
    capture.choose(user_id=ana.pk, course=COURSE, wanted=capture.Chosen(feedback=False))
    assert act(ana, "dismissed", token).json()["status"] == "opted_out"
    answer = signed_in(ana).post(f"{PAGE}dismiss", {"token": token})
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    signed_in(ana).get(PAGE)
    assert not DismissedAction.objects.exists()
    assert collecting.received == []


def test_what_was_dismissed_goes_with_its_learner(ask: Ask, ana: User) -> None:
    act(ana, "dismissed", ask(ana, "next").json()["action"]["token"])
    assert DismissedAction.objects.count() == 1
    capture.forget(user_id=ana.pk)
    assert not DismissedAction.objects.exists()


def test_a_broken_tracker_does_not_reach_the_learner(ask: Ask, ana: User, events: Events, monkeypatch: Any) -> None:
    def broken(*args: object) -> None:
        raise RuntimeError("no broker")

    from eventtracking import tracker

    monkeypatch.setattr(tracker.get_tracker(), "emit", broken)
    action = ask(ana, "next").json()["action"]
    assert act(ana, "dismissed", action["token"]).status_code == 204
    assert signed_in(ana).get(PAGE).status_code == 200
