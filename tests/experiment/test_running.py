"""Beginning, ending, and who gets what."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.contrib.auth import get_user_model
from scipy.stats import binomtest, chi2_contingency

from metaedu_plugin.capture import api as capture
from metaedu_plugin.experiment import api as experiment
from metaedu_plugin.experiment.groups import group_of
from metaedu_plugin.experiment.models import Departure, Experiment
from tests.experiment.conftest import COURSE

PEOPLE = [f"{n:032x}" for n in range(20_000)]


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5, 0.95])
def test_the_share_is_the_one_asked_for(share: float) -> None:
    order = sum(group_of(learner=one, salt="a" * 32, share=share) == experiment.ORDER for one in PEOPLE)
    assert binomtest(order, len(PEOPLE), share).pvalue > 0.001


def test_two_experiments_draw_independently() -> None:
    def drawn(salt: str) -> list[str]:
        return [group_of(learner=one, salt=salt, share=0.5) for one in PEOPLE]

    first, again, second = drawn("a" * 32), drawn("a" * 32), drawn("b" * 32)
    assert first == again
    table = [
        [sum(pair == (a, b) for pair in zip(first, second, strict=True)) for b in experiment.GROUPS]
        for a in experiment.GROUPS
    ]
    assert chi2_contingency(table).pvalue > 0.001


def test_a_group_is_the_same_in_another_process() -> None:
    code = (
        "from metaedu_plugin.experiment.groups import group_of as g;"
        "print([g(learner=f'{n:032x}', salt='s' * 32, share=0.3) for n in range(50)])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert told == str([group_of(learner=one, salt="s" * 32, share=0.3) for one in PEOPLE[:50]])


@pytest.mark.django_db
def test_one_at_a_time_and_what_ended_stays_ended() -> None:
    first = experiment.begin(course=COURSE, share=0.5, smallest=0.05, by="ada")
    with pytest.raises(experiment.ExperimentError, match="runs in this course already"):
        experiment.begin(course=COURSE, share=0.5, smallest=0.05, by="bo")
    # Other courses have their own.
    experiment.begin(course="other", share=0.5, smallest=0.05, by="ada")
    ended = experiment.end(course=COURSE, by="bo")
    assert (ended.id, ended.begun_by, ended.ended_by) == (first.id, "ada", "bo")
    assert experiment.running(course=COURSE) is None
    with pytest.raises(experiment.ExperimentError, match="none to end"):
        experiment.end(course=COURSE, by="bo")
    second = experiment.begin(course=COURSE, share=0.5, smallest=0.05, by="bo")
    assert second.salt != first.salt
    assert [one.id for one in experiment.history(course=COURSE)] == [second.id, first.id]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("share", "smallest", "said"),
    [
        (0.0, 0.05, "share"),
        (1.0, 0.05, "share"),
        (float("nan"), 0.05, "share"),
        (0.5, 0.0, "difference"),
        (0.5, 0.9, "difference"),
    ],
)
def test_what_makes_no_sense_is_refused(share: float, smallest: float, said: str) -> None:
    with pytest.raises(experiment.ExperimentError, match=said):
        experiment.begin(course=COURSE, share=share, smallest=smallest, by="ada")
    assert not Experiment.objects.exists()


@pytest.mark.django_db
def test_who_leaves_is_out_for_good_and_who_is_forgotten_leaves_nothing() -> None:
    one = experiment.begin(course=COURSE, share=0.5, smallest=0.05, by="ada")
    people = {user: capture.learner_for(user_id=user) for user in range(1, 40)}
    user, learner = next((user, learner) for user, learner in people.items() if one.group(learner) == experiment.ORDER)
    assert experiment.follows_order(course=COURSE, learner=learner)
    experiment.leave(course=COURSE, learner=learner)
    experiment.leave(course=COURSE, learner=learner)
    assert not experiment.follows_order(course=COURSE, learner=learner)
    assert experiment.takes_part(course=COURSE, learner=learner) is None
    # Another experiment is another question.
    experiment.end(course=COURSE, by="ada")
    experiment.begin(course=COURSE, share=0.5, smallest=0.05, by="ada")
    assert experiment.takes_part(course=COURSE, learner=learner)
    capture.forget(user_id=user)
    assert not Departure.objects.exists()


@pytest.mark.django_db
def test_a_retired_instructor_s_name_goes() -> None:
    ada = get_user_model().objects.create_user("ada")
    experiment.begin(course=COURSE, share=0.5, smallest=0.05, by="ada")
    experiment.end(course=COURSE, by="bo")
    capture.forget(user_id=ada.pk, username="ada")
    row = Experiment.objects.get()
    assert (row.begun_by, row.ended_by) == (capture.NOBODY, "bo")


def test_what_answers_requests_loads_no_scipy() -> None:
    code = (
        "import sys, django; django.setup(); import deploy.demo.urls;"
        "from metaedu_plugin.experiment import api; from metaedu_plugin.insights.pages import experiment;"
        "api.planned_learners(smallest=.05, share=.5); print([m for m in ('scipy', 'pandas') if m in sys.modules])"
    )
    env = {"DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": ""}
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    assert told.stdout.strip() == "[]"
