"""The REST API over the real stack: an event goes in, the learner's answers come out."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.tutoring import guidance
from metaedu_plugin.tutoring.models import LatestFeedback
from tests.tutoring.conftest import Ask
from tests.tutoring.events import COURSE, answered, problem

ALL: list[tuple[str, dict[str, Any]]] = [
    ("feedback", {"problem": problem("add1")}),
    ("next", {}),
    ("plan", {}),
    ("mastery", {}),
    ("explain", {"item": problem("add1")}),
]


def test_the_answer_just_given_is_in_the_feedback(ask: Ask, ana: User) -> None:
    capture.receive(event=answered(user=ana.pk, right=False))
    said = ask(ana, "feedback", problem=problem("add1")).json()
    assert said["status"] == "ready"
    assert said["correct"] is False
    (part,) = said["parts"]
    assert part["item"] == problem("add1") + "#2_1"
    assert part["reason"] == "first_response"
    (skill,) = said["skills"]
    assert skill["after"]["title"] == "Adding fractions"
    assert skill["after"]["responses"] == 1
    assert skill["after"]["status"] == "early"
    assert skill["after"]["range"]["mean"] < skill["before"]["mean"]
    assert "before:" in skill["text"]


def test_after_a_wrong_answer_help_comes_first(ask: Ask, ana: User) -> None:
    capture.receive(event=answered(user=ana.pk, right=False))
    said = ask(ana, "feedback", problem=problem("add1")).json()
    offered = [*said["help"], (said["next"]["action"] or {}).get("link")]
    assert "/courses/read-add" in [link["url"] for link in offered if link]
    assert said["headline"].endswith("Here is what helps.")
    assert "wrong" not in said["headline"].lower()


def test_feedback_tells_before_from_after_also_when_asked_twice(ask: Ask, ana: User) -> None:
    capture.receive(event=answered(user=ana.pk))
    first = ask(ana, "feedback", problem=problem("add1")).json()
    assert ask(ana, "feedback", problem=problem("add1")).json() == first
    (skill,) = first["skills"]
    assert skill["before"]["mean"] < skill["after"]["range"]["mean"]


def test_waiting_until_the_new_attempt_is_in(ask: Ask, ana: User) -> None:
    assert ask(ana, "feedback", problem=problem("add1")).json()["status"] == "nothing_yet"
    assert ask(ana, "feedback", problem=problem("add1"), since="none").json()["status"] == "waiting"
    capture.receive(event=answered(user=ana.pk, right=False))
    first = ask(ana, "feedback", problem=problem("add1"), since="none").json()
    assert first["status"] == "ready"
    assert ask(ana, "feedback", problem=problem("add1"), since=first["attempt"]).json()["status"] == "waiting"
    capture.receive(event=answered(user=ana.pk, attempt=2))
    second = ask(ana, "feedback", problem=problem("add1"), since=first["attempt"]).json()
    assert (second["status"], second["correct"]) == ("ready", True)


def test_a_problem_of_several_parts(ask: Ask, ana: User) -> None:
    capture.receive(event=answered(user=ana.pk, right=(True, False, True)))
    said = ask(ana, "feedback", problem=problem("add1")).json()
    assert [part["correct"] for part in said["parts"]] == [True, False, True]
    assert said["headline"].startswith("2 of 3 parts right.")
    assert said["sentence"]
    (skill,) = said["skills"]
    assert skill["after"]["responses"] == 3
    payloads: list[Any] = [row.payload for row in LatestFeedback.objects.order_by("item")]
    first, _, last = payloads
    assert skill["before"]["mean"] == round(100 * first["before"][0]["mean"])
    assert skill["after"]["range"]["mean"] == round(100 * last["after"][0]["mean"])


def test_an_answer_to_an_item_without_a_skill(ask: Ask, ana: User) -> None:
    capture.receive(event=answered(user=ana.pk, name="stray"))
    said = ask(ana, "feedback", problem=problem("stray")).json()
    assert said["status"] == "ready"
    assert said["parts"][0]["reason"] == "no_skill"
    assert said["skills"] == []


def test_old_answers_get_feedback_when_somebody_asks(ask: Ask, ana: User) -> None:
    long_ago = timezone.now() - datetime.timedelta(days=9)
    capture.ingest(events=[answered(user=ana.pk, right=False, time=long_ago)], source="test")
    assert not LatestFeedback.objects.exists()
    said = ask(ana, "feedback", problem=problem("add1")).json()
    assert (said["status"], said["correct"]) == ("ready", False)


@pytest.mark.parametrize(("what", "query"), ALL)
def test_every_answer_says_where_it_comes_from(ask: Ask, ana: User, what: str, query: dict[str, Any]) -> None:
    capture.receive(event=answered(user=ana.pk))
    said = ask(ana, what, **query).json()
    assert said["source"] == "shipped"
    assert said["source_note"] == "Based on a general model, not yet on one trained on this platform."
    assert said["model"]


def test_next_has_a_reason_a_sentence_and_a_link(ask: Ask, ana: User) -> None:
    said = ask(ana, "next").json()
    action = said["action"]
    assert action["reason"] == said["reason"]
    assert action["sentence"] and "%" not in action["sentence"]
    assert action["link"]["url"].startswith("/")
    assert action["link"]["title"]


def test_next_may_be_null_with_the_reason(ask: Ask, ana: User) -> None:
    curriculum.save_course(key="empty", title="Empty")
    curriculum.set_enabled(course="empty", enabled=True)
    said = ask(ana, "next", of="empty").json()
    assert said["action"] is None
    assert said["reason"] == "no_candidates"
    assert said["sentence"] == "There is nothing to suggest in this course yet."


def test_a_plan_ends_at_its_date_and_keeps_to_the_minutes(ask: Ask, ana: User) -> None:
    until = timezone.localdate() + datetime.timedelta(days=3)
    said = ask(ana, "plan", until=until.isoformat(), minutes_a_day=10).json()
    assert said["until"] == until.isoformat()
    assert said["days"]
    for day in said["days"]:
        assert timezone.localdate().isoformat() <= day["date"] <= until.isoformat()
        assert day["minutes"] <= 10
        assert all(step["link"]["url"] and step["sentence"] for step in day["steps"])
    assert said["days"][0]["label"] == "Today"


def test_without_a_date_the_plan_goes_to_the_end_of_the_course(ask: Ask, ana: User) -> None:
    ends = timezone.localdate() + datetime.timedelta(days=30)
    curriculum.save_course(key=COURSE, title="Fractions", ends=ends)
    assert ask(ana, "plan").json()["until"] == ends.isoformat()
    curriculum.save_course(key=COURSE, title="Fractions", ends=timezone.localdate() - datetime.timedelta(days=1))
    fortnight = timezone.localdate() + datetime.timedelta(days=guidance.DEFAULT_DAYS)
    assert ask(ana, "plan").json()["until"] == fortnight.isoformat()


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"until": "2020-01-01"}, "until"),
        ({"until": "9999-12-31"}, "until"),
        ({"until": "soon"}, "until"),
        ({"minutes_a_day": "0"}, "minutes_a_day"),
        ({"minutes_a_day": "100000"}, "minutes_a_day"),
        ({"minutes_a_day": "many"}, "minutes_a_day"),
    ],
)
def test_a_wish_that_cannot_be_says_what_to_do(ask: Ask, ana: User, query: dict[str, str], field: str) -> None:
    answer = ask(ana, "plan", **query)
    assert answer.status_code == 400
    assert answer.json()["status"] == "invalid"
    assert answer.json()["detail"][field]


def test_mastery_lists_the_courses_skills_in_order(ask: Ask, ana: User) -> None:
    for attempt in range(1, 4):
        capture.receive(event=answered(user=ana.pk, name=f"add{attempt}"))
    said = ask(ana, "mastery").json()
    assert [each["skill"] for each in said["skills"]] == ["equal", "add"]
    assert [each["responses"] for each in said["skills"]] == [0, 3]
    assert [each["correct"] for each in said["skills"]] == [0, 3]
    assert said["skills"][0]["status"] == "unknown"


def test_mastery_counts_what_is_still_in_the_spool(ask: Ask, ana: User) -> None:
    capture.receive(event=answered(user=ana.pk))
    assert ask(ana, "mastery").json()["skills"][1]["responses"] == 1


def test_explain_has_a_sentence_for_each_piece_of_evidence(ask: Ask, ana: User) -> None:
    for attempt in (1, 2, 3):
        capture.receive(event=answered(user=ana.pk, attempt=attempt, right=attempt > 1))
    said = ask(ana, "explain", item=problem("add2")).json()
    assert said["text"].startswith("between ")
    assert said["evidence"]
    for each in said["evidence"]:
        assert " " in each["sentence"] and "%(" not in each["sentence"]


def test_explain_of_an_item_that_is_not_there(ask: Ask, ana: User) -> None:
    answer = ask(ana, "explain", item="nowhere")
    assert answer.status_code == 404
    assert answer.json()["status"] == "unknown_item"


def test_a_learner_sees_only_themselves(ask: Ask, ana: User, ben: User) -> None:
    capture.receive(event=answered(user=ana.pk, right=False))
    assert ask(ana, "mastery").json()["skills"][1]["responses"] == 1
    for query in ({}, {"learner": capture.learner_for(user_id=ana.pk)}, {"user_id": ana.pk}, {"user": "ana"}):
        assert ask(ben, "feedback", problem=problem("add1"), **query).json()["status"] == "nothing_yet"
        assert [each["responses"] for each in ask(ben, "mastery", **query).json()["skills"]] == [0, 0]


@pytest.mark.parametrize(("what", "query"), ALL)
def test_who_is_not_signed_in_gets_nothing(ask: Ask, what: str, query: dict[str, Any]) -> None:
    assert ask(None, what, **query).status_code == 403


@pytest.mark.parametrize(("what", "query"), ALL)
def test_off_for_the_course_or_for_all(ask: Ask, ana: User, what: str, query: dict[str, Any]) -> None:
    curriculum.set_enabled(course=COURSE, enabled=False)
    answer = ask(ana, what, **query)
    assert (answer.status_code, answer.json()) == (404, {"status": "off"})
    curriculum.set_enabled(course=COURSE, enabled=True)
    capture.switch(name="feedback", on=False, by="test")
    answer = ask(ana, what, **query)
    assert (answer.status_code, answer.json()) == (404, {"status": "off"})


@pytest.mark.parametrize(("what", "query"), ALL)
def test_an_unknown_course(ask: Ask, ana: User, what: str, query: dict[str, Any]) -> None:
    answer = ask(ana, what, of="course-v1:No+Such+Course", **query)
    assert answer.status_code == 404
    assert answer.json()["status"] == "unknown_course"
    assert "course-v1:No+Such+Course" in answer.json()["detail"]


@pytest.mark.parametrize(("what", "query"), ALL)
def test_a_broken_tutor_is_a_quiet_failure(
    ask: Ask, ana: User, monkeypatch: pytest.MonkeyPatch, what: str, query: dict[str, Any]
) -> None:
    def broken() -> None:
        raise RuntimeError("the registry is gone")

    long_ago = timezone.now() - datetime.timedelta(days=1)
    capture.ingest(events=[answered(user=ana.pk, time=long_ago)], source="test")
    monkeypatch.setattr("metaedu_plugin.registry.api.tutor", broken)
    answer = ask(ana, what, **query)
    assert (answer.status_code, answer.json()) == (503, {"status": "failed"})


@pytest.mark.parametrize(("what", "query"), ALL)
def test_personal_answers_are_never_cached(ask: Ask, ana: User, what: str, query: dict[str, Any]) -> None:
    assert "no-store" in ask(ana, what, **query)["Cache-Control"]


def test_nothing_can_be_changed_through_the_api(course: str, client: Any, ana: User) -> None:
    client.force_login(ana)
    assert client.post(f"/metaedu/api/v1/courses/{course}/next").status_code == 405


def test_what_is_solved_is_not_suggested_again(ask: Ask, ana: User) -> None:
    for name in ("equal1", "equal2"):
        capture.receive(event=answered(user=ana.pk, name=name))
    assert ask(ana, "next").json()["action"]["link"]["url"] == "/jump/equal3"


def test_parts_of_one_problem_are_one_step_of_a_plan(ask: Ask, ana: User) -> None:
    capture.receive(event=answered(user=ana.pk, name="equal1", right=(False, False)))
    for day in ask(ana, "plan").json()["days"]:
        urls = [step["link"]["url"] for step in day["steps"]]
        assert len(urls) == len(set(urls))
