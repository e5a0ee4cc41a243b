"""What was predicted of a live answer is kept once, as long as it says something, and goes with the learner."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from metaedu_plugin.capture import api as capture
from metaedu_plugin.registry import api as registry
from metaedu_plugin.registry import predictions
from metaedu_plugin.registry.models import KeptPrediction
from metaedu_plugin.tutoring import erase
from tests.tutoring.events import COURSE, answered, problem


def answer(user: User, **given: Any) -> None:
    capture.receive(event=answered(user=user.pk, **given))
    capture.drain()


def kept(most: int = 100) -> list[registry.Predictions]:
    return registry.predictions(course=COURSE, most=most)


def test_a_live_answer_is_kept_with_what_was_expected_before_it(course: str, ana: User) -> None:
    answer(ana, name="add1", right=True)
    answer(ana, name="add2", right=False)
    (told,) = kept()
    learner = capture.learner_for(user_id=ana.pk)
    assert (told.learners, told.correct, told.left_out) == ([learner, learner], [False, True], 0)
    assert all(0 < each < 1 for each in told.expected)
    assert told.expected[0] > told.expected[1], "one right answer makes the next more likely"
    assert told.model == registry.tutor().next(course=COURSE, learner=learner, course_map=_map(), now=0.0).model
    row = KeptPrediction.objects.order_by("id")[0]
    assert (row.item, row.time.date()) == (f"{problem('add1')}#2_1", timezone.now().date())


def _map() -> Any:
    from metaedu_plugin.curriculum import api as curriculum

    return curriculum.course_map(course=COURSE)


def test_imported_answers_and_repetitions_are_none(course: str, ana: User) -> None:
    old = timezone.now() - datetime.timedelta(days=3)
    event = answered(user=ana.pk, time=old)
    capture.ingest(events=[event, event], source="log")
    assert kept() == []
    answer(ana, attempt=2)
    (before,) = kept()
    live = list(capture.responses(course=COURSE))[-1]
    from metaedu_plugin.tutoring.observe import observe

    observe([live])
    assert kept() == [before]


def test_parts_of_one_problem_are_written_at_once(course: str, ana: User, django_assert_max_num_queries: Any) -> None:
    answer(ana, right=(True, False, True))
    (told,) = kept()
    assert told.correct == [True, False, True]
    rows = [
        registry.Predicted(
            response=f"{n}", course=COURSE, learner=told.learners[0], item="i", model="m", expected=0.5, correct=True,
            time=timezone.now(),
        )
        for n in range(20)
    ]  # fmt: skip
    with django_assert_max_num_queries(3):  # two of them are the transaction's
        registry.keep_predictions(predictions=rows)
    assert [(each.model, len(each.expected)) for each in kept()] == [("m", 20), (told.model, 3)]
    assert kept(most=5)[0].left_out == 15


def test_nothing_is_kept_of_a_fall_back(course: str, ana: User, settings: Any) -> None:
    settings.METAEDU_STORE = "redis://127.0.0.1:1/0"
    answer(ana)
    assert kept() == []


def test_a_reset_takes_back_what_was_predicted_of_that_problem_alone(course: str, ana: User, ben: User) -> None:
    for name in ("add1", "add11", "add2"):
        answer(ana, name=name)
    answer(ben, name="add1")
    learner = capture.learner_for(user_id=ana.pk)
    gone = capture.Invalidated(course=COURSE, learner=learner, problem=problem("add1"))
    capture.responses_invalidated.send(sender=None, invalidated=[gone])
    rows = KeptPrediction.objects.filter(learner_id=learner).values_list("item", flat=True)
    assert {row.partition("@problem+block@")[2] for row in rows} == {"add11#2_1", "add2#2_1"}
    assert KeptPrediction.objects.exclude(learner_id=learner).count() == 1


def test_a_retirement_and_an_erasure_take_theirs_alone(course: str, ana: User, ben: User) -> None:
    answer(ana)
    answer(ben)
    erase.erase(user=ana, course=COURSE)
    (told,) = kept()
    assert told.learners == [capture.learner_for(user_id=ben.pk)]
    capture.forget(user_id=ben.pk)
    assert KeptPrediction.objects.count() == 0


def test_what_is_too_old_is_not_shown_and_is_deleted(course: str, ana: User, settings: Any) -> None:
    answer(ana, name="add1")
    KeptPrediction.objects.update(time=timezone.now() - datetime.timedelta(days=500))
    answer(ana, name="add2")
    (told,) = kept()
    assert len(told.expected) == 1
    assert predictions.tidy() == 1
    assert predictions.tidy() == 0
    assert KeptPrediction.objects.count() == 1


def test_writing_keeps_up_with_what_grows_old(course: str, ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(ana)
    (learner,) = kept()[0].learners
    old = timezone.now() - datetime.timedelta(days=500)

    def batch(n: int, time: datetime.datetime) -> None:
        row = registry.Predicted(
            response=f"r{n}", course=COURSE, learner=learner, item="i", model="m", expected=0.5, correct=True, time=time
        )
        registry.keep_predictions(predictions=[row])

    for n in range(30):
        batch(n, old)
    for n in range(30, 30 + predictions.TIDY_EVERY):
        batch(n, timezone.now())
    assert not KeptPrediction.objects.filter(time__lt=predictions.oldest_kept()).exists()
    assert KeptPrediction.objects.count() >= predictions.TIDY_EVERY


def test_with_no_days_nothing_is_kept(course: str, ana: User, settings: Any) -> None:
    settings.METAEDU_KEEP_PREDICTIONS_DAYS = 0
    answer(ana)
    assert KeptPrediction.objects.count() == 0
