"""A new champion, a lost store, a second process: the history is there before the next answer."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from metaedu_plugin.capture import api as capture
from metaedu_plugin.registry import api as registry
from metaedu_plugin.registry import gateway
from metaedu_plugin.tutoring import marks, tasks
from metaedu_plugin.tutoring.models import ObservedUpTo
from metaedu_plugin.tutoring.replay import replay
from tests.registry.bundles import SHIPPED, make
from tests.tutoring.conftest import Ask
from tests.tutoring.events import COURSE, answered, problem
from tests.tutoring.test_observe import seen

Promote = Callable[[str], None]


@pytest.fixture
def promote(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Promote:
    """Make a bundle champion, while the worker that replays after it is away."""
    monkeypatch.setattr(tasks.replay_all, "apply_async", lambda **options: None)

    def promoted(name: str) -> None:
        registry.register(bundle=make(tmp_path / "made", name), metrics={})
        registry.promote(version=name, by="test", reason="test")

    return promoted


def history(user: User, answers: int = 5) -> None:
    """Answers of some days ago."""
    start = timezone.now() - datetime.timedelta(days=2)
    events = [
        answered(user=user.pk, attempt=number, time=start + datetime.timedelta(minutes=number))
        for number in range(1, answers + 1)
    ]
    capture.ingest(events=events, source="test")


def test_a_new_champion_knows_the_history_when_the_learner_comes(ask: Ask, ana: User, promote: Promote) -> None:
    history(ana)
    promote("v1")
    assert seen(ana) == 0
    said = ask(ana, "mastery").json()
    assert (said["model"], said["source"], said["source_note"]) == ("v1", "model", "")
    assert said["skills"][1]["responses"] == 5


def test_the_first_answer_after_a_promotion_is_seen_with_its_history(ask: Ask, ana: User, promote: Promote) -> None:
    history(ana)
    promote("v1")
    capture.receive(event=answered(user=ana.pk, attempt=6, right=False))
    said = ask(ana, "feedback", problem=problem("add1")).json()
    assert said["model"] == "v1"
    assert said["skills"][0]["after"]["responses"] == 6
    assert said["parts"][0]["reason"] != "first_response"
    assert seen(ana) == 6


def test_a_replay_may_be_repeated(course: str, ana: User, ben: User, promote: Promote) -> None:
    history(ana)
    history(ben, 3)
    promote("v1")
    first = replay(course=course)
    assert (first.learners, first.responses) == (2, 8)
    again = replay(course=course)
    assert (again.learners, again.responses) == (2, 0)
    assert (seen(ana), seen(ben)) == (5, 3)


def test_one_learner_may_be_replayed_alone(course: str, ana: User, ben: User, promote: Promote) -> None:
    history(ana)
    history(ben)
    promote("v1")
    replay(course=course, learner=capture.learner_for(user_id=ana.pk))
    assert (seen(ana), seen(ben)) == (5, 0)


def test_a_store_that_was_emptied_is_filled_again(
    ask: Ask, ana: User, promote: Promote, settings: Any, tmp_path: Path
) -> None:
    history(ana)
    promote("v1")
    assert ask(ana, "mastery").json()["skills"][1]["responses"] == 5
    settings.METAEDU_STORE = f"sqlite:///{tmp_path / 'another.sqlite3'}"
    gateway.reset()
    assert seen(ana) == 0
    assert ask(ana, "mastery").json()["skills"][1]["responses"] == 5


def test_what_a_version_missed_is_caught_up_when_it_is_back(ask: Ask, ana: User, promote: Promote) -> None:
    history(ana)
    promote("v1")
    ask(ana, "mastery")
    promote("v2")
    capture.receive(event=answered(user=ana.pk, attempt=6))
    assert ask(ana, "mastery").json()["skills"][1]["responses"] == 6
    registry.rollback(by="test", reason="test")
    said = ask(ana, "mastery").json()
    assert (said["model"], said["skills"][1]["responses"]) == ("v1", 6)


def test_the_prior_in_another_process_catches_up_too(
    ask: Ask, ana: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.bundle.loading.SHIPPED", tmp_path / "not-there")
    history(ana)
    gateway.reset()
    marks.clear()
    assert ask(ana, "mastery").json()["skills"][1]["responses"] == 5


def test_marks_of_versions_are_rows(ask: Ask, ana: User, promote: Promote) -> None:
    history(ana)
    ask(ana, "next")
    assert [row.model for row in ObservedUpTo.objects.all()] == [SHIPPED[0]]
    promote("v1")
    ask(ana, "next")
    assert {row.model for row in ObservedUpTo.objects.all()} == {SHIPPED[0], "v1"}


def test_marks_of_the_prior_are_not(ask: Ask, ana: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.bundle.loading.SHIPPED", tmp_path / "not-there")
    history(ana)
    assert ask(ana, "next").json()["source"] == "prior"
    assert not ObservedUpTo.objects.exists()


def test_the_first_champion_takes_over_from_the_shipped_model(ask: Ask, ana: User, promote: Promote) -> None:
    history(ana)
    said = ask(ana, "mastery").json()
    assert ((said["model"], said["source"]), said["skills"][1]["responses"]) == (SHIPPED, 5)
    promote("v1")
    capture.receive(event=answered(user=ana.pk, attempt=6))
    said = ask(ana, "mastery").json()
    assert (said["model"], said["skills"][1]["responses"]) == ("v1", 6)
    assert replay(course=COURSE).responses == 0


def test_a_retired_learner_leaves_nothing_with_the_shipped_model(ask: Ask, ana: User) -> None:
    history(ana)
    assert seen(ana) == 5
    pseudonym = capture.forget(user_id=ana.pk)
    (state,) = registry.tutor().mastery(course=COURSE, learner=pseudonym, skills=["add"], now=0.0)
    assert state.responses == 0
    assert not ObservedUpTo.objects.exists()


def test_after_a_promotion_a_worker_replays(
    course: str, ana: User, promote: Promote, monkeypatch: pytest.MonkeyPatch
) -> None:
    history(ana)
    queued: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks.replay_all, "apply_async", lambda **options: queued.append(options))
    promote("v1")
    assert seen(ana) == 0
    (options,) = queued
    assert options["countdown"] > gateway.parts.check_every(), "by then every process serves it"
    tasks.replay_all(*options.get("args", ()))
    assert seen(ana) == 5


def test_a_broker_that_is_away_does_not_hinder_a_promotion(
    course: str, ana: User, promote: Promote, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**options: Any) -> None:
        raise ConnectionError("no broker")

    monkeypatch.setattr(tasks.replay_all, "apply_async", away)
    history(ana)
    promote("v1")
    champion = registry.champion()
    assert champion and champion.name == "v1"


def test_the_command_tells_what_it_did(course: str, ana: User, promote: Promote, capsys: Any) -> None:
    call_command("metaedu_replay")
    assert "nothing to replay" in capsys.readouterr().out
    history(ana)
    promote("v1")
    call_command("metaedu_replay", course=COURSE)
    assert f"{COURSE}: 1 learners, 5 responses newly taken in" in capsys.readouterr().out
    call_command("metaedu_replay")
    assert "0 responses newly taken in" in capsys.readouterr().out
    with pytest.raises(CommandError, match="no responses of course nowhere"):
        call_command("metaedu_replay", course="nowhere")
