"""From the platform's events to the figures: capture's rows say what the simulation meant."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from bench.experiment_courses import play
from metaedu_plugin.capture import api as capture
from metaedu_plugin.experiment import api as experiment
from metaedu_plugin.experiment.difference import compare
from metaedu_plugin.experiment.firsts import first_attempts
from metaedu_plugin.experiment.models import Experiment
from metaedu_plugin.experiment.tasks import look_at
from tests.experiment.conftest import BEGUN, COURSE, event, take_in

pytestmark = pytest.mark.django_db
Begun = Callable[..., experiment.ExperimentInfo]


@pytest.mark.parametrize("effect", [0.0, 0.08])
def test_the_tables_give_what_the_simulation_gives(begun: Begun, effect: float) -> None:
    one = begun()
    played = play(seed=8, effect=effect, learners=120, items=30, most=10)
    take_in(played, one, until=20)
    truth = compare(played.until(20), share=0.5, smallest=0.05)
    found = experiment.look(id=one.id).difference
    for name in ("suggestions", "course_order", "verdict", "more"):
        assert getattr(found, name) == getattr(truth, name)
    for name in ("value", "low", "high", "usual_low", "usual_high"):
        assert getattr(found, name) == pytest.approx(getattr(truth, name), abs=1e-3)


def test_what_is_a_first_attempt(begun: Begun) -> None:
    one = begun()
    day = timedelta(days=1)
    told = [
        # seen before it began: neither its first attempt nor a later one is new
        event(user=1, item="old", correct=False, time=BEGUN - day),
        event(user=1, item="old", correct=True, time=BEGUN + day, attempt=2),
        # new, wrong at first, right later
        event(user=1, item="new", correct=False, time=BEGUN + day),
        event(user=1, item="new", correct=True, time=BEGUN + 2 * day, attempt=2),
        # the first attempt is not known
        event(user=1, item="late", correct=True, time=BEGUN + day, attempt=3),
        # after the end
        event(user=1, item="after", correct=True, time=BEGUN + 50 * day),
        event(user=2, item="new", correct=True, time=BEGUN + day),
    ]
    # The order in which they arrive does not matter.
    capture.ingest(events=told[::-1], source="test")
    Experiment.objects.filter(pk=one.id).update(ended=BEGUN + 30 * day, open=None)
    one = experiment.latest(course=COURSE)
    names = {user: capture.learner_for(user_id=user) for user in (1, 2)}
    firsts = first_attempts(experiment=one)
    assert sorted(firsts.learners) == sorted(names.values())
    counts = {
        learner: tuple(int(each[place]) for each in (*firsts.before.counts(2), *firsts.after.counts(2)))
        for place, learner in enumerate(firsts.learners)
    }
    assert counts == {names[1]: (1, 0, 1, 0), names[2]: (0, 0, 1, 1)}
    without = first_attempts(experiment=one, without={names[1]})
    assert without.learners == [names[2]] and sum(without.left) == 1
    assert [int(n) for each in without.after.counts(1) for n in each] == [1, 1]


def test_a_reset_takes_answers_out(begun: Begun) -> None:
    one = begun()
    capture.ingest(events=[event(user=1, item="new", correct=True, time=BEGUN + timedelta(days=1))], source="test")
    assert len(first_attempts(experiment=one).after) == 1
    from metaedu_plugin.capture.models import Response

    Response.objects.update(valid=False)
    assert len(first_attempts(experiment=one).after) == 0


def test_an_experiment_without_answers(begun: Begun) -> None:
    assert experiment.look(id=begun().id).difference.verdict == "too_few"


def test_the_command_looks_at_all_that_run(begun: Begun) -> None:
    one = begun()
    experiment.begin(course="other", share=0.5, smallest=0.05, by="ada")
    experiment.end(course="other", by="ada")
    told = io.StringIO()
    call_command("metaedu_experiment", stdout=told)
    assert told.getvalue() == f"{COURSE}: too_few, 0 learners with suggestions, 0 without\n"
    assert len(experiment.looks(experiment=one)) == 1
    with pytest.raises(CommandError, match="No experiment runs in other"):
        call_command("metaedu_experiment", "--course", "other")


def test_what_goes_wrong_is_kept_for_the_page(begun: Begun, monkeypatch: pytest.MonkeyPatch) -> None:
    one = begun()

    def broken(**given: object) -> None:
        raise np.linalg.LinAlgError("does not converge")

    monkeypatch.setattr("metaedu_plugin.experiment.difference.compare", lambda firsts, **given: broken())
    with pytest.raises(np.linalg.LinAlgError):
        look_at(one.id)
    assert experiment.latest(course=COURSE).trouble == "LinAlgError: does not converge"
    monkeypatch.undo()
    look_at(one.id)
    assert experiment.latest(course=COURSE).trouble == ""
    look_at(one.id + 1000)  # gone meanwhile: said in the log
