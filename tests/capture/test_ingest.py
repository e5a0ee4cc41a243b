"""Batches to rows: once each, one bad row alone, what came before, and who is told."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.test.utils import CaptureQueriesContext

from metaedu_plugin.capture import api, signals, store
from metaedu_plugin.capture.models import Activity, DeadLetter, Learner, Response
from tests.capture.payloads import COURSE, block, check, hint, logged


def ingest(*events: Any) -> api.Counts:
    return api.ingest(events=events, source="live")


def test_an_event_counts_once_within_and_across_batches(told: list[api.Captured]) -> None:
    first = ingest(check(), check(), hint())
    second = ingest(check(), hint())
    assert (first.responses, first.activities, first.duplicates) == (1, 1, 1)
    assert (second.responses, second.activities, second.duplicates) == (0, 0, 2)
    assert Response.objects.count() == Activity.objects.count() == len(told) == 1


def test_same_key_with_other_content_is_a_dead_letter_and_the_first_stays() -> None:
    counts = ingest(check(correct=True), check(correct=False))
    assert (counts.responses, counts.reasons) == (1, {"conflicting_duplicate": 1})
    again = ingest(check(correct=False))
    assert again.reasons == {"conflicting_duplicate": 1}
    assert Response.objects.get().correct
    assert DeadLetter.objects.count() == 1


def test_hints_before_the_attempt_and_seconds_since_the_last_step() -> None:
    ingest(hint(at=0), check(at=40, correct=False))
    ingest(
        hint(at=50), hint(at=60), hint(at=65, name="p2"), hint(at=65, user=42), check(at=100, attempt=2), hint(at=110)
    )
    ingest(check(at=110 + 1799.5, name="p3"), check(at=110 + 1799.5 + 1800, name="p4"), check(at=5, user=43))
    found = [(r.problem[-2:], r.attempt, r.hints, r.seconds) for r in api.responses(course=COURSE) if r.time]
    assert found == [
        ("p1", 1, 0, None),
        ("p1", 1, 1, 40.0),
        ("p1", 2, 3, 35.0),
        ("p3", 1, 0, 1799.5),
        ("p4", 1, 0, None),
    ]


def test_events_out_of_order_are_kept_and_read_in_order() -> None:
    ingest(check(at=100, attempt=2), check(at=10))
    assert [r.attempt for r in api.responses(course=COURSE)] == [1, 2]


def test_queries_do_not_grow_with_the_batch(django_assert_max_num_queries: Any) -> None:
    with CaptureQueriesContext(transaction.get_connection()) as few:
        ingest(*[check(user=n, at=n) for n in range(3)], hint())
    with CaptureQueriesContext(transaction.get_connection()) as many:
        ingest(*[check(user=n, name="p2", at=n) for n in range(40)], hint(name="p2"))
    assert len(many) <= len(few) + 2


def test_what_the_database_refuses_does_not_sink_the_batch(monkeypatch: pytest.MonkeyPatch, told: list[Any]) -> None:
    whole = store._response

    def refusing(row: Any, learner: Learner) -> Response:
        made = whole(row, learner)
        if row.user_id == 2:
            made.score = None  # type: ignore[assignment]  # the column takes no null
        return made

    monkeypatch.setattr(store, "_response", refusing)
    monkeypatch.setattr(store, "PAUSES", (0, 0, 0))
    counts = ingest(*[check(user=user) for user in (1, 2, 3)])
    assert (counts.responses, counts.reasons) == (2, {"database_refused": 1})
    assert len(told) == 2
    assert '"user_id":2' in DeadLetter.objects.get().raw


def test_a_row_that_others_store_again_and_again_in_the_same_instant_is_a_duplicate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each read comes just before the other's commit: the last look must not call the database's no a dead letter."""
    ingest(check())
    unseen = store._unseen
    blind = iter(range(4))

    def look(rows: Any) -> Any:
        return (list(rows), [], 0) if rows and next(blind, None) is not None else unseen(rows)

    monkeypatch.setattr(store, "_unseen", look)
    monkeypatch.setattr(store, "PAUSES", (0, 0, 0))
    counts = ingest(check())
    assert (counts.duplicates, counts.dead) == (1, 0)


def test_a_receiver_that_raises_is_logged_and_breaks_nothing(told: list[Any], caplog: pytest.LogCaptureFixture) -> None:
    def broken(**_: Any) -> None:
        raise RuntimeError("no model today")

    signals.responses_captured.connect(broken, weak=False)
    assert ingest(check()).responses == 1
    assert len(told) == 1
    assert "no model today" in caplog.text


def test_nobody_is_told_of_what_is_rolled_back(told: list[Any]) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        ingest(check())
        raise RuntimeError
    assert not told
    assert not Response.objects.exists()


def test_live_and_log_overlap(told: list[Any], tmp_path: Any) -> None:
    events = [check(user=user, at=user) for user in range(6)]
    api.ingest(events=events[:4], source="live")
    log = tmp_path / "tracking.log"
    log.write_text("\n".join(map(logged, events[2:])))
    counts = api.import_file(path=log)
    assert (counts.responses, counts.duplicates) == (2, 2)
    assert len(told) == 6


def test_learner_is_a_pseudonym_outside(told: list[api.Captured]) -> None:
    ingest(check(user=7))
    pseudonym = api.learner_for(user_id=7)
    assert told[0].learner == pseudonym == next(api.responses(course=COURSE, learner=pseudonym)).learner
    assert len(pseudonym) == 32
    assert api.user_ids(pseudonyms=[pseudonym, "0" * 32]) == {pseudonym: 7}
    assert Learner.objects.count() == 1


def test_learner_keeps_the_pseudonym_when_the_secret_changes(settings: Any) -> None:
    before = api.learner_for(user_id=7)
    settings.METAEDU_PSEUDONYM_SECRET = "another"
    ingest(check(user=7))
    assert api.learner_for(user_id=7) == before


def test_responses_after_a_row_and_invalid_ones() -> None:
    ingest(*[check(at=n, attempt=n + 1) for n in range(3)])
    first, second, third = api.responses(course=COURSE)
    Response.objects.filter(id=third.id).update(valid=False)
    assert [r.id for r in api.responses(course=COURSE, after=first.id)] == [second.id]
    assert api.courses() == [COURSE]


def test_shown_answer_of_a_library_copy_counts_for_the_copy() -> None:
    shown = {**hint(at=0), "name": "showanswer", "data": {"problem_id": block("p1")}}
    answered = check(at=9)
    for event in (shown, answered):
        event["context"]["module"]["original_usage_key"] = "lib-block-v1:original"
    ingest(shown, answered)
    assert next(api.responses(course=COURSE)).hints == 1
