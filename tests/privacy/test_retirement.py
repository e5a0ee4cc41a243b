"""Who is retired leaves nothing behind, all of it or none; what learned from them says so."""

from __future__ import annotations

import contextlib
import datetime
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from metaedu_plugin.capture import api as capture
from metaedu_plugin.capture import openedx
from metaedu_plugin.capture.models import DeadLetter, Learner, Response, Retired, Switch
from metaedu_plugin.insights.models import FindingDecision
from metaedu_plugin.registry import api as registry
from metaedu_plugin.registry import gateway
from tests.registry.bundles import make
from tests.tutoring.events import COURSE, answered, problem

NOWHERE = "redis://127.0.0.1:1/0"


def answers(user: User, number: int = 3) -> str:
    """Some of two days ago, the last one just now and through the spool; returns the pseudonym."""
    start = timezone.now() - datetime.timedelta(days=2)
    capture.ingest(
        events=[
            answered(user=user.pk, attempt=each, time=start + datetime.timedelta(minutes=each))
            for each in range(1, number)
        ],
        source="test",
    )
    capture.receive(event=answered(user=user.pk, attempt=number))
    capture.drain()
    return capture.learner_for(user_id=user.pk)


def known(learner: str) -> int:
    """Responses that the learner's state holds."""
    (state,) = registry.tutor().mastery(course=COURSE, learner=learner, skills=["add"], now=0.0)
    return state.responses


def traces(learner: str, user_id: int, folder: Path) -> list[str]:
    """Every row of metaedu's that leads to the person, and every file."""
    found = []
    ours = [app for app in apps.get_app_configs() if app.label.startswith("metaedu_")]
    for model in (model for app in ours for model in app.get_models()):
        for row in model._default_manager.values():
            if learner in map(str, row.values()) or row.get("user_id") == user_id:
                found.append(f"{model._meta.label}: {row}")
    for path in (path for path in folder.rglob("*") if path.is_file()):
        data = path.read_bytes()
        if ".sqlite3" not in path.name and (learner.encode() in data or f'"user_id":{user_id},'.encode() in data):
            found.append(str(path))
    with closing(sqlite3.connect(folder / "states.sqlite3")) as states:
        for (table,) in states.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            rows = states.execute(f"SELECT * FROM {table}").fetchall()
            found.extend(f"{table}: {row[:3]}" for row in rows if learner in map(str, row))
    return found


def test_nothing_leads_to_who_was_retired(course: str, ana: User, ben: User, ask: Any, tmp_path: Path) -> None:
    learner, other = answers(ana), answers(ben)
    assert ask(ana, "feedback", problem=problem("add1")).json()["status"] == "ready"
    capture.ingest(events=[{**answered(user=ana.pk), "timestamp": "never"}], source="test")
    capture.choose(user_id=ana.pk, course=COURSE, wanted=capture.Chosen(feedback=False))
    capture.receive(event=answered(user=ana.pk, attempt=9))
    before = " ".join(traces(learner, ana.pk, tmp_path))
    for where in ("Learner", "LatestFeedback", "ObservedUpTo", "KeptPrediction", "spool/", "state"):
        assert where in before
    capture.forget(user_id=ana.pk, username=ana.username, for_good=True)
    assert traces(learner, ana.pk, tmp_path) == []
    capture.drain()
    assert traces(learner, ana.pk, tmp_path) == []
    assert (known(learner), known(other)) == (0, 3)
    assert Response.objects.count() == 3


def test_while_the_store_is_away_nothing_is_deleted_and_the_retirement_can_be_repeated(
    course: str, ana: User, settings: Any
) -> None:
    learner = answers(ana)
    store = settings.METAEDU_STORE
    settings.METAEDU_STORE = NOWHERE
    for repeat in range(2):
        with pytest.raises(Exception, match=r"(?i)connect|refused"):
            openedx.on_retirement(ana)
        assert Response.objects.count() == 3, repeat
        assert not Retired.objects.exists()
    with pytest.raises(CommandError, match="nothing was deleted"):
        call_command("metaedu_forget", ana.pk)
    settings.METAEDU_STORE = store
    assert known(learner) == 3
    openedx.on_retirement(ana)
    openedx.on_retirement(ana)
    assert (Response.objects.count(), known(learner)) == (0, 0)


@pytest.fixture
def redis_store(settings: Any) -> Iterator[Callable[[str], list[bytes]]]:
    """States in a real Redis, in a database of its own."""
    redis = pytest.importorskip("redis")
    for number in range(15, 8, -1):
        client = redis.Redis.from_url(f"redis://127.0.0.1:6379/{number}")
        try:
            if not client.dbsize():
                break
        except redis.ConnectionError:
            if os.environ.get("CI") == "true":
                pytest.fail("there is no Redis")
            pytest.skip("there is no Redis here")
    else:
        pytest.skip("no database of Redis is free")
    settings.METAEDU_STORE = f"redis://127.0.0.1:6379/{number}"
    gateway.reset()
    yield lambda learner: [key for key in client.scan_iter() if learner.encode() in key]
    client.flushdb()


def test_states_in_redis_go_as_well(course: str, ana: User, redis_store: Any) -> None:
    learner = answers(ana)
    assert known(learner) == 3
    assert redis_store(learner)
    capture.forget(user_id=ana.pk)
    assert known(learner) == 0
    assert redis_store(learner) == []


def test_what_a_retirement_began_is_undone_when_another_app_cannot(course: str, ana: User) -> None:
    def cannot(**_: Any) -> None:
        raise RuntimeError("the disk is full")

    answers(ana)
    capture.learner_forgotten.connect(cannot)
    try:
        with pytest.raises(RuntimeError, match="disk is full"):
            capture.forget(user_id=ana.pk, for_good=True)
    finally:
        capture.learner_forgotten.disconnect(cannot)
    assert Response.objects.count() == 3
    assert not Retired.objects.exists()


def test_late_events_and_old_logs_do_not_bring_the_retired_back(course: str, ana: User, tmp_path: Path) -> None:
    answers(ana)
    capture.forget(user_id=ana.pk, for_good=True)
    late = capture.ingest(events=[answered(user=ana.pk, attempt=7)], source="another machine")
    assert (late.responses, late.ignored) == (0, 1)
    log = tmp_path / "answers.csv"
    log.write_text("learner,item,correct\nsomebody,q1,1\n")
    assert capture.import_file(path=log, course=COURSE).responses == 1
    assert not Learner.objects.filter(user_id=ana.pk).exists()


def test_forgetting_without_retiring_lets_a_person_come_back(course: str, ana: User) -> None:
    answers(ana)
    call_command("metaedu_forget", ana.pk)
    assert not Learner.objects.filter(user_id=ana.pk).exists()
    assert capture.ingest(events=[answered(user=ana.pk)], source="test").responses == 1


def version(tmp_path: Path, name: str, **data: Any) -> None:
    registry.register(bundle=make(tmp_path / "made" / name, name), metrics={"data": data})


def marks() -> dict[str, int]:
    return {each.name: each.retired_learners for each in registry.versions()}


def test_versions_that_learned_from_the_retired_are_marked(course: str, ana: User, ben: User, tmp_path: Path) -> None:
    version(tmp_path, "before", courses=[COURSE])
    answers(ana)
    answers(ben)
    version(tmp_path, "here", courses=[COURSE, "other"])
    version(tmp_path, "elsewhere", courses=["other"])
    version(tmp_path, "heir", courses=["other"], start="here")
    capture.forget(user_id=ana.pk)
    capture.forget(user_id=ana.pk)
    assert marks() == {"before": 0, "here": 1, "elsewhere": 0, "heir": 1}
    capture.forget(user_id=ben.pk)
    assert marks() == {"before": 0, "here": 2, "elsewhere": 0, "heir": 2}
    told = [entry for entry in registry.log() if entry.action == "learner retired"]
    assert len(told) == 2
    assert "here, heir" in told[0].reason


def test_a_training_that_goes_on_has_read_the_retired_already(course: str, ana: User, tmp_path: Path) -> None:
    answers(ana)
    run = registry.request_training(options={}, by="test", queue=False)
    registry.update_run(id=run, state="running", stage="train")
    capture.forget(user_id=ana.pk)
    version(tmp_path, "late", courses=[COURSE])
    assert marks() == {"late": 1}
    registry.update_run(id=run, state="done")
    version(tmp_path, "later", courses=[COURSE])
    assert marks()["later"] == 0


def test_the_names_of_operators_and_instructors_go_and_their_decisions_stay(course: str, ana: User) -> None:
    registry.switch(name="feedback", on=False, by=ana.username, reason="a look")
    FindingDecision.objects.create(course=COURSE, finding="f", decision="accepted", by=ana.username)
    openedx.on_retirement(ana)
    assert Switch.objects.get(name="feedback").changed_by == capture.NOBODY
    assert FindingDecision.objects.get().by == capture.NOBODY
    assert ana.username not in [entry.by for entry in registry.log()]
    assert "feedback off" in [entry.action for entry in registry.log()]


def test_somebody_of_whom_nothing_is_known(ana: User) -> None:
    openedx.on_retirement(ana)
    assert (Learner.objects.count(), DeadLetter.objects.count()) == (0, 0)


def test_without_the_platform_nothing_is_connected(caplog: Any) -> None:
    openedx.connect_retirement()
    assert not caplog.records


def test_in_one_transaction_with_the_platform_s(course: str, ana: User) -> None:
    """The LMS runs a request in a transaction, and answers 500 without undoing it: what we began is undone by us."""
    from django.db import transaction

    answers(ana)

    def cannot(**_: Any) -> None:
        raise RuntimeError("away")

    capture.learner_forgotten.connect(cannot)
    try:
        with transaction.atomic():
            with pytest.raises(RuntimeError):
                openedx.on_retirement(ana)
            assert not connection.needs_rollback
    finally:
        capture.learner_forgotten.disconnect(cannot)
    assert Response.objects.count() == 3


def test_the_operator_is_told_of_versions_that_learned_from_the_retired(
    course: str, ana: User, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers(ana)
    version(tmp_path, "here", courses=[COURSE])
    capture.forget(user_id=ana.pk)
    with contextlib.suppress(SystemExit):
        call_command("metaedu_status")
    assert "here: candidate, 1 of its learners retired" in capsys.readouterr().out
    operator = Client()
    operator.force_login(User.objects.create_superuser("root", password="x"))
    assert "learned from 1 learner who was retired since" in operator.get("/metaedu/operator/").content.decode()
