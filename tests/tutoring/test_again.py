"""A reset or a rescore: the state holds what still counts, and nothing said about the rest stays."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from metaedu_plugin.capture import api as capture
from metaedu_plugin.registry import api as registry
from metaedu_plugin.tutoring import again, tasks
from metaedu_plugin.tutoring.models import LatestFeedback
from serving.types import Mastery
from tests.tutoring.conftest import Ask
from tests.tutoring.events import COURSE, answered, problem
from tests.tutoring.test_observe import seen


def ingest(*events: Any) -> None:
    capture.ingest(events=events, source="test")


def reset(user: User, name: str) -> dict[str, Any]:
    return {
        "name": "edx.grades.problem.state_deleted",
        "timestamp": timezone.now(),
        "data": {"user_id": str(user.pk), "course_id": COURSE, "problem_id": problem(name)},
        "context": {"user_id": 999},
    }


def rescored(user: User, name: str, *, right: bool) -> dict[str, Any]:
    event = answered(user=user.pk, name=name, right=right)
    event["data"].update(new_score=int(right), new_total=1, student="ana")
    return {**event, "name": "problem_rescore"}


def wrong(user: User, *names: str) -> None:
    begun = timezone.now() - datetime.timedelta(minutes=10)
    ingest(*[answered(user=user.pk, name=name, right=False, time=begun) for name in names])


def known(ask: Ask, user: User) -> Mastery:
    """What the tutor knows once the learner has asked, by which time everything is caught up."""
    assert ask(user, "mastery").status_code == 200
    learner = capture.learner_for(user_id=user.pk)
    (found,) = registry.tutor().mastery(course=COURSE, learner=learner, skills=["add"], now=-1.0)
    return found


def test_after_a_reset_the_state_is_that_of_a_learner_who_never_answered(ask: Ask, ana: User, ben: User) -> None:
    wrong(ana, "add1", "add1")
    wrong(ben, "add1")
    before = known(ask, ana)
    assert LatestFeedback.objects.count() == 2
    ingest(reset(ana, "add1"))
    assert seen(ana) == 0
    assert seen(ben) == 1
    after = known(ask, ana)
    assert (after.responses, before.responses) == (0, 1)
    assert after.mean > before.mean
    assert LatestFeedback.objects.get().learner.user_id == ben.pk


def test_after_a_rescore_the_state_holds_the_new_label_once(ask: Ask, ana: User) -> None:
    wrong(ana, "add1", "add2")
    before = known(ask, ana)
    ingest(rescored(ana, "add1", right=True))
    ingest(rescored(ana, "add1", right=True))
    after = known(ask, ana)
    assert (before.responses, after.responses) == (2, 2)
    assert after.mean > before.mean


def test_a_whole_class_is_left_to_a_worker_and_who_asks_does_not_wait_for_it(
    ask: Ask, ana: User, ben: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued: list[Any] = []
    monkeypatch.setattr(again, "AT_ONCE", 1)
    monkeypatch.setattr(tasks.replay_all, "apply_async", lambda **options: queued.append(options["args"]))
    for user in (ana, ben):
        wrong(user, "add1", "add2")
    ingest(*[rescored(user, "add1", right=True) for user in (ana, ben)])
    assert queued == [[COURSE]]
    assert known(ask, ana).responses == 2
    tasks.replay_all(COURSE)
    assert seen(ben) == 2


def test_a_store_that_is_away_is_told_of_and_capture_goes_on(
    ask: Ask, ana: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    wrong(ana, "add1")

    def away(**_: Any) -> None:
        raise OSError("no store")

    with monkeypatch.context() as patch:
        patch.setattr(type(registry.tutor()), "forget", lambda self, **_: away())
        ingest(reset(ana, "add1"))
    assert "metaedu_replay" in caplog.text
    assert not list(capture.responses(course=COURSE))
