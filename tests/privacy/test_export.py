"""A person sees all that is kept of them, and nothing of others."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from metaedu_plugin.capture import api as capture
from metaedu_plugin.capture.models import Learner
from tests.tutoring.events import COURSE, answered, problem


def own(user: User) -> Any:
    client = Client()
    client.force_login(user)
    return client.get("/metaedu/api/v1/me")


def test_everything_is_in_it(course: str, ana: User, ben: User, ask: Any) -> None:
    capture.receive(event=answered(user=ana.pk, right=False))
    assert ask(ana, "feedback", problem=problem("add1")).json()["status"] == "ready"
    capture.ingest(events=[answered(user=ben.pk), {**answered(user=ana.pk), "timestamp": "never"}], source="test")
    capture.choose(user_id=ana.pk, course=COURSE, wanted=capture.Chosen(feedback=False))
    capture.receive(event=answered(user=ana.pk, attempt=2))

    answer = own(ana)
    data = answer.json()

    assert "attachment" in answer["Content-Disposition"]
    assert (data["user_id"], data["learner"]) == (ana.pk, capture.learner_for(user_id=ana.pk))
    assert [(row["item"], row["correct"], row["attempt"]) for row in data["responses"]] == [
        (f"{problem('add1')}#2_1", False, 1),
        (f"{problem('add1')}#2_1", True, 2),
    ]
    datetime.datetime.fromisoformat(data["responses"][0]["time"])
    assert [row["feedback"] for row in data["choices"]] == [False]
    assert [row["reason"] for row in data["not_understood"]] == ["bad_time"]
    (mastery,) = [each for each in data["mastery"][COURSE]["skills"] if each["skill"] == "add"]
    assert (mastery["responses"], mastery["title"]) == (2, "Adding fractions")
    assert data["mastery"][COURSE]["model"]
    assert data["shown"]["LatestFeedback"][0]["payload"]["correct"] is True
    assert capture.learner_for(user_id=ben.pk) not in answer.content.decode()


def test_every_model_that_leads_to_a_learner_is_exported(course: str, ana: User) -> None:
    capture.ingest(events=[answered(user=ana.pk)], source="test")
    data = own(ana).json()
    ours = [app for app in apps.get_app_configs() if app.label.startswith("metaedu_")]
    linked = {
        model.__name__
        for app in ours
        for model in app.get_models()
        if any(field.related_model is Learner for field in model._meta.fields)
    }
    exported = {"Response": "responses", "Activity": "activities", "Choice": "choices", "Departure": "experiments_left"}
    assert linked == exported.keys() | data["shown"].keys()
    assert set(exported.values()) <= data.keys()


def test_of_a_stranger_there_is_nothing_and_no_row_is_made(ana: User) -> None:
    data = own(ana).json()
    assert (data["learner"], data["responses"], data["mastery"]) == ("", [], {})
    assert not Learner.objects.exists()
    with pytest.raises(CommandError, match="Nothing is kept"):
        call_command("metaedu_export_learner", ana.pk)


def test_only_the_signed_in_person_is_answered() -> None:
    assert Client().get("/metaedu/api/v1/me").status_code == 403


def test_the_command_writes_the_same(course: str, ana: User, capsys: pytest.CaptureFixture[str]) -> None:
    capture.ingest(events=[answered(user=ana.pk)], source="test")
    call_command("metaedu_export_learner", ana.pk)
    told = json.loads(capsys.readouterr().out)
    data = own(ana).json()
    # Mastery fades with every moment.
    assert {**told, "made": "", "mastery": 0} == {**data, "made": "", "mastery": 0}
    assert told["mastery"].keys() == {COURSE}
