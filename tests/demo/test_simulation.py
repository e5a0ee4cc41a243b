"""A simulated class: real answers through the platform's grading, and responses at the end."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.utils import timezone

from deploy.demo import grading
from deploy.demo.models import ProblemState
from deploy.demo.simulation import answers, school
from deploy.demo.simulation.calendar import sessions
from deploy.demo.simulation.life import Life
from deploy.demo.simulation.mind import Mind
from metaedu_plugin.capture import api as capture


def life(course, seed, ability=None):
    random = Random(seed)
    one = Life(1, "one", Mind.born(random, course, ability=ability), course)
    one.live(sessions(random, now=timezone.now(), days=21))
    return one


def checks(lives):
    return [event for one in lives for event in one.events if event["name"] == "problem_check"]


def test_right_answers_are_right_and_wrong_ones_wrong(course):
    random = Random(1)
    for _, problem in course.problems():
        if problem.faulty_for_demo:
            continue
        right = {name: answers.right(part, random) for name, part in problem.inputs()}
        assert grading.grade(problem, right).right, problem.id
        for _ in range(5):
            wrong = {name: answers.wrong(part, random) for name, part in problem.inputs()}
            marks = grading.grade(problem, wrong).marks.values()
            assert all(mark.correctness != "correct" for mark in marks), problem.id


def test_who_knows_more_answers_more(course):
    share = {}
    for ability in (-1.5, 0.5, 2.5):
        firsts = [
            mark["correctness"] == "correct"
            for event in checks(life(course, seed, ability) for seed in range(12))
            if event["data"]["attempts"] == 1 and "comparing-5" not in event["data"]["problem_id"]
            for mark in event["data"]["correct_map"].values()
        ]
        share[ability] = sum(firsts) / len(firsts)
    assert share[-1.5] < share[0.5] - 0.1 < share[2.5] - 0.2


def test_good_learners_miss_the_item_whose_key_is_wrong(course):
    chosen = Counter(
        event["data"]["correct_map"]["comparing-5_2_1"]["correctness"]
        for event in checks(life(course, seed, 2.5) for seed in range(20))
        if "comparing-5" in event["data"]["problem_id"] and event["data"]["attempts"] == 1
    )
    assert chosen["incorrect"] > 3 * chosen["correct"]


def test_time_goes_on_and_ends_now(course):
    now = timezone.now()
    for seed in range(10):
        times = [event["timestamp"] for event in life(course, seed).events]
        assert times == sorted(times)
        assert all(now - timezone.timedelta(days=22) < time <= timezone.now() for time in times)


@pytest.fixture
def small_class(demo):
    responses = school.simulate(course=demo, learners=4, seed=3, quiet=True)
    return demo, responses


@pytest.mark.django_db(transaction=True)
def test_a_small_class_ends_up_as_responses(small_class):
    course, responses = small_class
    rows = list(capture.responses(course=course.key))
    assert responses == len(rows) > 50
    assert capture.status().dead_letters == 0
    assert len({row.learner for row in rows}) == 5
    assert {row.attempt for row in rows} >= {1, 2}
    assert any(row.hints for row in rows)
    assert any(0 < row.score < 1 for row in rows)

    learners = get_user_model().objects.filter(username__startswith="simulated-")
    assert all(not user.has_usable_password() and "Simulated learner" in user.get_full_name() for user in learners)
    mine = ProblemState.objects.filter(user__username="learner")
    assert mine.count() == school.VISITOR_PROBLEMS

    call_command("demo_simulate", learners=9, verbosity=0)
    assert learners.count() == 4, "a class that is there stays"


@pytest.mark.django_db(transaction=True)
def test_a_class_can_be_replaced(small_class):
    course, _ = small_class
    call_command("demo_simulate", learners=2, replace=True, verbosity=0)
    assert school.there() == 2
    assert len({row.learner for row in capture.responses(course=course.key)}) == 3


@pytest.mark.django_db
def test_an_impossible_size_is_said():
    with pytest.raises(CommandError, match="from 1 to 999"):
        call_command("demo_simulate", learners=0)
