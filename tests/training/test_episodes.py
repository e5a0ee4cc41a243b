"""Episodes: support counts are the others', and what a learner sees holds nothing of what comes later."""

from dataclasses import replace

import numpy as np
import torch

from metaedu_plugin.training.episodes import Course, draw_episodes, draw_support, make_episode, unroll
from metaedu_plugin.training.in_context import predict_sequence
from metaedu_plugin.training.networks.tracer import Tracer
from metaedu_plugin.training.simulator import simulate_courses


def a_course() -> Course:
    return next(Course(data) for data in simulate_courses(50, 1) if max(map(len, data.item_skills)) > 1)


def test_counts_are_what_a_loop_counts():
    course = a_course()
    counts = course.counts([0, 3])
    seen = [
        (i, c)
        for row in (0, 3)
        for i, c in zip(course.data.sequences[row].item, course.data.sequences[row].correct, strict=True)
    ]
    for item in range(len(course.data.items)):
        mine = [c for i, c in seen if i == item]
        assert counts.item[item].tolist() == [len(mine), sum(mine)]
    for skill in range(len(course.data.skills)):
        mine = [c for i, c in seen if skill in course.data.item_skills[i]]
        assert counts.skill[skill].tolist() == [len(mine), sum(mine)]
    assert counts.total.tolist() == [len(seen), sum(c for _, c in seen)]


def test_support_runs_from_nobody_to_everybody():
    rng = np.random.default_rng(0)
    drawn = {draw_support(rng, 100) for _ in range(500)}
    assert {0, 1, 100} <= drawn and len(drawn) > 20
    assert draw_support(rng, 0) == 0


def test_nothing_of_the_present_or_the_future_is_seen():
    torch.manual_seed(0)
    course, tracer = a_course(), Tracer()
    support = course.counts(range(10, 40))
    learner = course.data.sequences[0]
    at = 12
    changed = replace(learner, correct=np.concatenate([learner.correct[:at], 1 - learner.correct[at:]]))
    with torch.no_grad():
        told = [
            torch.sigmoid(predict_sequence(tracer, make_episode([(course, [who], support)], longest=40))[0].logit[0])
            for who in (learner, changed)
        ]
    assert torch.equal(told[0][: at + 1], told[1][: at + 1])
    assert not torch.allclose(told[0][at + 1 :], told[1][at + 1 :])


def test_padding_and_company_change_nothing():
    torch.manual_seed(0)
    course, tracer = a_course(), Tracer()
    support = course.counts(range(10, 40))
    queries = sorted(course.data.sequences[:6], key=len)
    together = make_episode([(course, queries, support)], longest=60)
    alone = make_episode([(course, queries[:1], support)], longest=60)
    with torch.no_grad():
        many = predict_sequence(tracer, together)[0].logit[0, : len(queries[0])]
        one = predict_sequence(tracer, alone)[0].logit[0]
    assert torch.allclose(many[: len(one)], one, atol=1e-5)


def test_unrolled_statistics_are_what_a_loop_counts():
    course, tracer = a_course(), Tracer()
    learner = course.data.sequences[1]
    context = unroll(tracer, make_episode([(course, [learner], course.counts([]))], longest=50))
    for step in range(min(50, len(learner))):
        before, item = slice(0, step), learner.item[step]
        assert context.learner[0, step, :2].tolist() == [step, learner.correct[before].sum()]
        same = learner.item[before] == item
        assert context.item[0, step, :2].tolist() == [same.sum(), learner.correct[before][same].sum()]
        for column, skill in enumerate(course.data.item_skills[item]):
            tagged = np.array([skill in course.data.item_skills[i] for i in learner.item[before]], bool)
            assert context.skills[0, step, column, :2].tolist() == [tagged.sum(), learner.correct[before][tagged].sum()]


def test_captured_courses_get_their_share():
    data = list(simulate_courses(12, 0))
    captured = replace(data[0], origin="captured", key="own")
    courses = [Course(captured), *map(Course, data[1:])]
    rng = np.random.default_rng(0)
    episodes = list(draw_episodes(courses, count=60, rng=rng, responses=400, captured_share=0.5))
    total = sum(s.correct.sum() for s in captured.sequences)
    assert len(episodes) == 60 and total > 0
