"""A reset or a rescore: the state holds what still counts, and nothing said about the rest stays."""

from __future__ import annotations

import contextlib
import datetime
import io
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.registry import api as registry
from metaedu_plugin.registry import gateway
from metaedu_plugin.registry.gateway import parts
from metaedu_plugin.registry.operator import serving as operator
from metaedu_plugin.tutoring import again, retractions, states, tasks
from metaedu_plugin.tutoring.convert import to_responses
from metaedu_plugin.tutoring.models import LatestFeedback, WaitingRetraction
from metaedu_plugin.tutoring.replay import replay
from serving import bundle
from serving.engine import Engine
from serving.stores import Address, open_store
from serving.stores.memory import MemoryStore
from serving.types import Mastery
from tests.serving.service.processes import free_port, served
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


def counts(store_url: str = "") -> dict[str, list[float]]:
    """What is counted of the course for the shipped model, by key; what is nothing is left out."""
    store = open_store(store_url or parts.store_url())
    where = Engine(bundle.shipped().model, store).space
    keys = store.keys(where, COURSE)
    rows = store.load(Address(where, COURSE, "-"), keys).counts.tolist()
    store.close()
    return {key: row for key, row in zip(keys, rows, strict=True) if any(row)}


def fresh_counts() -> dict[str, list[float]]:
    """The same of a store that sees now what still counts, and nothing else."""
    engine = Engine(bundle.shipped().model, MemoryStore())
    engine.observe_many(to_responses(capture.responses(course=COURSE)))
    keys = engine.store.keys(engine.space, COURSE)
    rows = engine.store.load(Address(engine.space, COURSE, "-"), keys).counts.tolist()
    return dict(zip(keys, rows, strict=True))


def test_the_courses_counts_are_of_what_still_counts(course: str, ana: User, ben: User) -> None:
    wrong(ana, "add1", "add1", "equal1", "add2")
    wrong(ben, "add1", "equal1")
    ingest(reset(ana, "add1"))
    assert counts() == fresh_counts()
    assert counts()["t"] == [4, 0, 0, 0, 2]
    ingest(rescored(ana, "add2", right=True), rescored(ben, "add1", right=True))
    assert counts() == fresh_counts()
    assert counts()["t"] == [4, 2, 0, 0, 2]
    ingest(reset(ana, "equal1"), reset(ana, "add2"))
    assert counts() == fresh_counts()
    assert counts()["t"][-1] == 1


def test_what_an_item_was_counted_for_before_it_was_given_another_skill_comes_off(course: str, ana: User) -> None:
    wrong(ana, "add1", "add2")
    assert counts()["s:add"][0] == 2
    curriculum.import_csv(course=COURSE, items=io.StringIO(f"item,skills\n{problem('add1')},equal\n"))
    ingest(reset(ana, "add2"))
    assert counts() == fresh_counts()
    assert "s:add" not in counts()
    assert counts()["s:equal"][0] == 1


@contextlib.contextmanager
def nobody_can_write() -> Iterator[None]:
    """The file of the learner states is locked by somebody else."""
    with contextlib.closing(sqlite3.connect(parts.store_url().removeprefix("sqlite:///"), isolation_level=None)) as it:
        it.execute("BEGIN IMMEDIATE")
        gateway.reset()
        yield
        it.execute("ROLLBACK")
    gateway.reset()


def test_a_reset_while_the_store_is_away_is_carried_through_with_the_next_answer_of_anybody(
    course: str, ana: User, ben: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    wrong(ana, "add1", "add2")
    with monkeypatch.context() as patch:
        patch.setattr("serving.stores.sqlite.WAIT", 0.05)
        with nobody_can_write():
            ingest(reset(ana, "add1"))
            assert "until the store of states answers" in caplog.text
            assert WaitingRetraction.objects.count() == 1
            assert counts()["t"][0] == 2
            told = operator.section()
            assert (told["waiting"], told["waiting_text"], told["state"]) == (1, "1 learner, since just now", "good")
            WaitingRetraction.objects.update(noted=timezone.now() - datetime.timedelta(minutes=11))
            told = operator.section()
            assert (told["state"], told["headline"]) == (
                "warn",
                "Answers that were reset still count for some learners",
            )
    assert not LatestFeedback.objects.filter(problem=problem("add1")).exists()
    wrong(ben, "equal1")
    assert not WaitingRetraction.objects.exists()
    assert (operator.section()["waiting_text"], operator.section()["state"]) == ("none", "good")
    assert counts() == fresh_counts()
    assert (seen(ana), counts()["t"]) == (1, [2, 0, 0, 0, 2])


def test_a_reset_while_the_service_is_away_is_carried_through_when_the_learner_asks(
    ask: Ask, ana: User, ben: User, settings: Any, tmp_path: Path
) -> None:
    port, store = free_port(), f"sqlite:///{tmp_path / 'service.sqlite3'}"
    settings.METAEDU_SERVING_URL = f"http://127.0.0.1:{port}"
    settings.METAEDU_SERVING_DEADLINE, settings.METAEDU_SERVING_COOL_DOWN = 5.0, 0.001
    gateway.reset()
    with served("--store", store, port=port):
        wrong(ana, "add1", "add2")
        wrong(ben, "add1")
        assert counts(store)["t"][0] == 3
    ingest(reset(ana, "add1"))
    assert WaitingRetraction.objects.count() == 1
    with served("--store", store, port=port):
        assert known(ask, ana).responses == 1
        assert not WaitingRetraction.objects.exists()
        assert counts(store) == fresh_counts()


def test_a_replay_carries_through_what_waits_also_of_who_has_no_answers_left(
    course: str, ana: User, ben: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong(ana, "add1")
    wrong(ben, "add1", "add2")
    with monkeypatch.context() as patch:
        patch.setattr(again, "_begin_anew", lambda pairs: None)  # as if the process had died right there
        ingest(reset(ana, "add1"), reset(ben, "add2"))
    assert counts()["t"] == [3, 0, 0, 0, 2]
    assert replay(course=COURSE).responses == 1
    assert counts() == fresh_counts()
    assert (seen(ana), seen(ben)) == (0, 1)


def test_what_is_reset_between_reading_and_observing_does_not_stay(
    course: str, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A replay in one process, and the reset in another."""
    wrong(ana, "add1", "add2")
    learner, meanwhile = capture.learner_for(user_id=ana.pk), [reset(ana, "add1")]
    tutor = registry.tutor()
    tutor.forget(learner=learner, course=COURSE)
    plain = type(tutor).observe_many

    def late(self: Any, responses: Any) -> int:
        if meanwhile:
            ingest(meanwhile.pop())
        return plain(self, responses)

    monkeypatch.setattr(type(tutor), "observe_many", late)
    states.catch_up(course=COURSE, learners=[learner])
    monkeypatch.undo()
    assert seen(ana) == 1
    assert not WaitingRetraction.objects.exists()


def test_an_answer_that_is_reset_while_it_is_being_observed_does_not_stay(
    course: str, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile, tutor = [reset(ana, "add1")], registry.tutor()
    plain = type(tutor).observe

    def late(self: Any, *args: Any, **kwargs: Any) -> Any:
        if meanwhile:
            ingest(meanwhile.pop())
        return plain(self, *args, **kwargs)

    monkeypatch.setattr(type(tutor), "observe", late)
    wrong(ana, "add1")
    monkeypatch.undo()
    assert seen(ana) == 0
    assert counts() == {}
    assert not LatestFeedback.objects.exists()


def test_what_is_noted_while_another_is_worked_off_waits_on(
    course: str, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong(ana, "add1")
    pair, tutor = (COURSE, capture.learner_for(user_id=ana.pk)), registry.tutor()
    plain = type(tutor).retract

    def meanwhile(self: Any, **about: Any) -> None:
        plain(self, **about)
        monkeypatch.undo()
        retractions.note([pair])

    monkeypatch.setattr(type(tutor), "retract", meanwhile)
    retractions.note([pair])
    assert retractions.work_off(course=pair[0], learner=pair[1])
    assert retractions.waiting(course=COURSE) == [pair[1]]
    assert retractions.work_off(course=pair[0], learner=pair[1])
    assert not retractions.work_off(course=pair[0], learner=pair[1])


def test_whose_answers_are_left_alone_nothing_is_made_again(course: str, ana: User) -> None:
    wrong(ana, "add1", "add2")
    capture.choose(user_id=ana.pk, course=COURSE, wanted=capture.Chosen(feedback=False, answers=False))
    pair = (COURSE, capture.learner_for(user_id=ana.pk))
    retractions.note([pair])
    states.begin_anew([pair])
    assert seen(ana) == 0
    assert counts() == {}
