"""Captured responses reach the tutor, and nothing of that reaches capture."""

from __future__ import annotations

import datetime

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from metaedu_plugin.capture import api as capture
from metaedu_plugin.registry import api as registry
from metaedu_plugin.tutoring.models import LatestFeedback
from metaedu_plugin.tutoring.observe import LIVE
from tests.tutoring.conftest import Ask
from tests.tutoring.events import COURSE, answered, problem


def seen(user: User, skill: str = "add") -> int:
    """Responses that the tutor itself knows of, without anything being caught up."""
    learner = capture.learner_for(user_id=user.pk)
    (found,) = registry.tutor().mastery(course=COURSE, learner=learner, skills=[skill], now=-1.0)
    return found.responses


def test_a_captured_response_is_observed_at_once(course: str, ana: User) -> None:
    capture.ingest(events=[answered(user=ana.pk)], source="test")
    assert seen(ana) == 1


def test_the_same_event_twice_counts_once(course: str, ana: User) -> None:
    event = answered(user=ana.pk)
    capture.ingest(events=[event, event], source="test")
    capture.ingest(events=[event], source="test")
    assert seen(ana) == 1
    assert LatestFeedback.objects.count() == 1


def test_a_flood_is_observed_in_bulk_and_still_gets_its_feedback(ask: Ask, ana: User, ben: User) -> None:
    now = timezone.now()
    first = answered(user=ana.pk, right=False, time=now - datetime.timedelta(minutes=2))
    others = [
        answered(user=ben.pk, attempt=number, time=now - datetime.timedelta(seconds=60 - number))
        for number in range(1, LIVE + 11)
    ]
    capture.ingest(events=[first, *others], source="test")
    assert (seen(ana), seen(ben)) == (1, LIVE + 10)
    assert LatestFeedback.objects.get(learner__pseudonym=capture.learner_for(user_id=ana.pk)).payload is None
    said = ask(ana, "feedback", problem=problem("add1")).json()
    assert (said["status"], said["correct"]) == ("ready", False)
    assert seen(ana) == 1


def test_an_old_import_leaves_no_feedback_behind(course: str, ana: User) -> None:
    old = timezone.now() - datetime.timedelta(days=30)
    capture.ingest(events=[answered(user=ana.pk, time=old)], source="test")
    assert seen(ana) == 1
    assert not LatestFeedback.objects.exists()


def test_an_older_response_does_not_replace_newer_feedback(ask: Ask, ana: User) -> None:
    now = timezone.now()
    capture.ingest(events=[answered(user=ana.pk, attempt=2, time=now)], source="test")
    late = answered(user=ana.pk, attempt=1, right=False, time=now - datetime.timedelta(minutes=1))
    capture.ingest(events=[late], source="test")
    assert ask(ana, "feedback", problem=problem("add1")).json()["correct"] is True


def test_a_failure_never_reaches_capture_and_is_caught_up(ask: Ask, ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("the registry is gone")

    with monkeypatch.context() as patch:
        patch.setattr("metaedu_plugin.registry.api.tutor", broken)
        counts = capture.ingest(events=[answered(user=ana.pk, right=False)], source="test")
    assert counts.responses == 1
    assert seen(ana) == 0
    said = ask(ana, "feedback", problem=problem("add1")).json()
    assert (said["status"], said["correct"]) == ("ready", False)
    assert seen(ana) == 1


def test_a_retired_learner_leaves_nothing_behind(course: str, ana: User) -> None:
    capture.ingest(events=[answered(user=ana.pk)], source="test")
    capture.forget(user_id=ana.pk)
    assert not LatestFeedback.objects.exists()
    assert seen(ana) == 0
