"""What a learner has got is never silently taken back."""

from __future__ import annotations

import datetime
import time
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from metaedu_plugin.capture import api as capture
from metaedu_plugin.registry import api as registry
from metaedu_plugin.tutoring import guidance, progress, states
from metaedu_plugin.tutoring.models import ReachedSkill
from metaedu_plugin.tutoring.skill_map import skill_map
from metaedu_plugin.tutoring.standing import standing
from serving.types import Mastery
from tests.tutoring.events import COURSE, answered
from tests.tutoring.test_map import answers


def of(status: str, *, responses: int, correct: int) -> Mastery:
    return Mastery(skill="equal", mean=0.6, low=0.4, high=0.8, responses=responses, correct=correct, status=status)


def equal(learner: str) -> Any:
    states.ensure(course=COURSE, learner=learner)
    return guidance.mastery(course=COURSE, learner=learner)["skills"][0]


@pytest.mark.parametrize(
    ("responses", "correct", "seen"),
    [
        (11, 9, "Since then, 0 of 1 answer was right."),
        (14, 11, "Since then, 2 of 4 answers were right."),
        (10, 9, "You have not answered since, so it is less sure by now."),
    ],
)
def test_it_says_what_was_got_what_was_seen_since_and_how_it_comes_back(
    responses: int, correct: int, seen: str
) -> None:
    reached = progress.Reached(on=datetime.date(2026, 3, 2), responses=10, correct=9)
    told = standing(of("learning", responses=responses, correct=correct), title="Equal", reached=reached)
    assert (told["status"], told["label"]) == ("refresh", "Worth refreshing")
    assert told["sentence"] == (f"You had got the hang of this by March 2. {seen} A few right answers bring it back.")
    again = standing(of("mastered", responses=responses, correct=correct), title="Equal", reached=reached)
    assert again["status"] == "mastered"


def test_many_wrong_answers_later_the_learner_reads_why(course: str, ana: User) -> None:
    answers(ana, "equal", 12)
    learner = capture.learner_for(user_id=ana.pk)
    assert equal(learner)["status"] == "mastered"
    for number in range(12):
        capture.receive(event=answered(user=ana.pk, name=f"equal{number % 3 + 1}", attempt=20 + number, right=False))
    fallen = equal(learner)
    assert fallen["status"] == "refresh"
    assert "Since then, 0 of 12 answers were right. A few right answers bring it back." in fallen["sentence"]
    assert "You have got the hang of 1 of them." in guidance.mastery(course=COURSE, learner=learner)["summary"]
    places = skill_map(course=COURSE, learner=learner)["places"]
    assert [(each["state"], each["label"]) for each in places] == [
        ("got", "Worth refreshing"),
        ("open", "Open to you"),
    ]
    client = Client()
    client.force_login(ana)
    page = client.get(f"/metaedu/learn/{COURSE}/").content.decode()
    assert "Worth refreshing" in page
    assert fallen["sentence"] in page


def test_feedback_after_an_answer_keeps_it_too(course: str, ana: User, ask: Any) -> None:
    answers(ana, "equal", 12)
    learner = capture.learner_for(user_id=ana.pk)
    name = "equal3"
    told = ask(ana, "feedback", problem=f"block-v1:Owl+FRAC1+2026+type@problem+block@{name}").json()
    assert told["skills"][0]["after"]["status"] == "mastered"
    (row,) = ReachedSkill.objects.filter(learner__pseudonym=learner)
    assert (row.skill, row.responses, row.correct) == ("equal", 12, 12)


def test_nothing_is_kept_of_what_is_not_mastered_and_the_first_time_stays(course: str, ana: User) -> None:
    whose = {"course": COURSE, "learner": capture.learner_for(user_id=ana.pk), "mastered": 0.85}
    assert progress.hold([of("learning", responses=5, correct=2)], **whose) == {}
    progress.hold([of("mastered", responses=5, correct=5)], **whose)
    ReachedSkill.objects.update(reached=timezone.now() - datetime.timedelta(days=9))
    held = progress.hold([of("mastered", responses=8, correct=8)], **whose)
    assert held["equal"].responses == 5
    assert held["equal"].on == timezone.localdate() - datetime.timedelta(days=9)
    assert ReachedSkill.objects.count() == 1


def test_it_goes_with_the_learner_and_with_answers_that_no_longer_count(course: str, ana: User, ben: User) -> None:
    from metaedu_plugin.capture.api import Invalidated
    from metaedu_plugin.tutoring.again import take_back

    for user in (ana, ben):
        answers(user, "equal", 12)
        assert equal(capture.learner_for(user_id=user.pk))["status"] == "mastered"
    capture.forget(user_id=ana.pk)
    (left,) = ReachedSkill.objects.all()
    learner = capture.learner_for(user_id=ben.pk)
    assert left.learner_id == learner
    take_back(
        [Invalidated(course=COURSE, learner=learner, problem="block-v1:Owl+FRAC1+2026+type@problem+block@equal1")]
    )
    assert not ReachedSkill.objects.exists()


def test_the_model_itself_is_not_overruled(course: str, ana: User) -> None:
    answers(ana, "equal", 12)
    learner = capture.learner_for(user_id=ana.pk)
    before = equal(learner)["range"]
    (found,) = registry.tutor().mastery(course=COURSE, learner=learner, skills=["equal"], now=time.time())
    assert before["mean"] == round(100 * found.mean)
