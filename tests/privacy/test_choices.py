"""A learner switches suggestions off for themselves, keeps their answers, and comes back."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from metaedu_plugin.capture import api as capture
from metaedu_plugin.capture.models import Choice, Response
from metaedu_plugin.curriculum import api as curriculum
from tests.tutoring.events import COURSE, answered, problem

OTHER = "course-v1:Owl+OTHER+2026"
QUESTIONS = [
    ("feedback", {"problem": problem("add1")}),
    ("next", {}),
    ("plan", {}),
    ("mastery", {}),
    ("explain", {"item": problem("add1")}),
]


@pytest.fixture
def client(ana: User, course: str) -> Client:
    made = Client()
    made.force_login(ana)
    return made


def put(client: Client, of: str = COURSE, **wanted: bool) -> Any:
    return client.put(f"/metaedu/api/v1/courses/{of}/choice", wanted, content_type="application/json")


@pytest.mark.parametrize("question", QUESTIONS)
def test_who_switched_off_is_told_so_and_nothing_else(
    ask: Any, ana: User, ben: User, client: Client, question: tuple[str, dict[str, str]]
) -> None:
    what, query = question
    assert put(client, feedback=False).json() == {
        "feedback": False,
        "answers": True,
        "everywhere": False,
        "sentence": "You switched suggestions off for yourself in this course.",
    }
    answer = ask(ana, what, **query)
    assert (answer.status_code, answer.json()["status"]) == (404, "opted_out")
    assert "switches them on" in answer.json()["detail"]
    assert ask(ben, what, **query).status_code == 200
    put(client, feedback=True)
    assert ask(ana, what, **query).status_code == 200


def test_a_course_that_is_off_is_off_for_everybody(ask: Any, ana: User, client: Client) -> None:
    curriculum.set_enabled(course=COURSE, enabled=False)
    put(client, feedback=False)
    assert ask(ana, "next").json()["status"] == "off"


def test_the_most_specific_choice_counts(client: Client, ana: User) -> None:
    curriculum.save_course(key=OTHER, title="Other")
    put(client, feedback=False, everywhere=True)
    assert not capture.chosen(user_id=ana.pk, course=OTHER).feedback
    assert put(client, feedback=True).json()["feedback"]
    assert not capture.chosen(user_id=ana.pk, course=OTHER).feedback
    assert put(client, of=OTHER, feedback=True, everywhere=True).json()["everywhere"]
    assert capture.chosen(user_id=ana.pk, course=COURSE) == capture.Chosen(everywhere=True)
    assert Choice.objects.count() == 1


def test_answers_go_on_being_taken_in_so_that_the_way_back_is_a_click(ask: Any, ana: User, client: Client) -> None:
    put(client, feedback=False)
    capture.receive(event=answered(user=ana.pk))
    assert capture.drain().responses == 1
    put(client, feedback=True)
    assert ask(ana, "mastery").json()["skills"][1]["responses"] == 1


def test_answers_that_a_learner_keeps_are_not_stored(ana: User, ben: User, client: Client) -> None:
    capture.ingest(events=[answered(user=ana.pk)], source="test")
    put(client, feedback=False, answers=False)
    for user in (ana, ben):
        capture.receive(event=answered(user=user.pk, attempt=2))
    counts = capture.drain()
    assert (counts.responses, counts.ignored, counts.dead) == (1, 1, 0)
    assert Response.objects.filter(learner__user_id=ana.pk).count() == 1
    put(client, feedback=True)
    capture.receive(event=answered(user=ana.pk, attempt=3))
    assert capture.drain().responses == 1


def test_answers_are_kept_for_one_course_or_for_all(ana: User, client: Client) -> None:
    curriculum.save_course(key=OTHER, title="Other")
    elsewhere = answered(user=ana.pk, attempt=2)
    elsewhere["context"]["course_id"] = OTHER
    elsewhere["data"]["problem_id"] = elsewhere["data"]["problem_id"].replace("FRAC1", "OTHER")
    put(client, feedback=False, answers=False)
    assert capture.ingest(events=[answered(user=ana.pk), elsewhere], source="test").responses == 1
    put(client, feedback=False, answers=False, everywhere=True)
    elsewhere["data"]["attempts"] = 3
    assert capture.ingest(events=[elsewhere], source="test").responses == 0
    put(client, feedback=True)
    assert capture.ingest(events=[answered(user=ana.pk, attempt=4), elsewhere], source="test").responses == 1


def test_feedback_without_answers_is_refused_with_a_word(client: Client) -> None:
    answer = put(client, feedback=True, answers=False)
    assert (answer.status_code, answer.json()["status"]) == (400, "invalid")
    assert "switch both on" in str(answer.json()["detail"])
    with pytest.raises(ValueError, match="both on"):
        capture.choose(user_id=1, course=COURSE, wanted=capture.Chosen(answers=False))


@pytest.mark.parametrize("wanted", [{}, {"feedback": "perhaps"}])
def test_what_cannot_be_read_is_refused(client: Client, wanted: dict[str, Any]) -> None:
    assert put(client, **wanted).status_code == 400
    assert not Choice.objects.exists()


def test_nobody_chooses_without_signing_in_or_from_another_site(course: str, ana: User) -> None:
    assert put(Client(), feedback=False).status_code == 403
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ana)
    assert put(strict, feedback=False).status_code == 403
    assert strict.post(f"/metaedu/learn/{COURSE}/choice", {"way": "off"}).status_code == 403
    assert not Choice.objects.exists()


def test_a_course_that_nobody_knows(client: Client) -> None:
    assert put(client, of="course-v1:a+b+c", feedback=False).json()["status"] == "unknown_course"
    assert client.post("/metaedu/learn/course-v1:a+b+c/choice", {"way": "off"}).status_code == 404
    assert client.post(f"/metaedu/learn/{COURSE}/choice", {"way": "sideways"}).status_code == 404


@pytest.mark.parametrize("way", ["off", "off_everywhere", "answers_off", "answers_off_everywhere"])
def test_the_page_says_who_switched_off_and_has_the_way_back(client: Client, ana: User, way: str) -> None:
    page = f"/metaedu/learn/{COURSE}/"
    assert f'value="{way}"' in client.get(page).content.decode()
    said = client.post(f"{page}choice", {"way": way}, follow=True).content.decode()
    assert "Switched off by you" in said
    assert ("in all courses." in said) == ("everywhere" in way)
    assert ("not taken in here either" in said) == ("answers" in way)
    assert ('value="on_everywhere"' in said) == ("everywhere" in way)
    assert capture.chosen(user_id=ana.pk, course=COURSE).answers == ("answers" not in way)
    back = client.post(f"{page}choice", {"way": "on"}, follow=True).content.decode()
    assert "Switched off by you" not in back
    assert "My plan until a date" in back


def test_asking_makes_no_rows(client: Client) -> None:
    assert client.get(f"/metaedu/api/v1/courses/{COURSE}/choice").json()["feedback"] is True
    assert not Choice.objects.exists()
