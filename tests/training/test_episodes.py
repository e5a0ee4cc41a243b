"""Episodes: support counts are the others', and what a learner sees holds nothing of what comes later."""

from dataclasses import replace

import numpy as np
import torch

from metaedu_plugin.training.course import Course
from metaedu_plugin.training.data import Sequence
from metaedu_plugin.training.episodes import Piece, draw_episodes, draw_support, make_episode, unroll
from metaedu_plugin.training.in_context import predict_sequence
from metaedu_plugin.training.networks.tracer import Tracer
from metaedu_plugin.training.simulator import simulate_courses


def a_course() -> Course:
    return next(Course(data) for data in simulate_courses(50, 1) if max(map(len, data.item_skills)) > 1)


def a_tracer() -> Tracer:
    """Every weight tells: a fresh network's last layer is zero, and what it is given would not matter."""
    torch.manual_seed(0)
    tracer = Tracer()
    for parameter in tracer.parameters():
        torch.nn.init.normal_(parameter, 0.0, 0.2)
    return tracer


def test_support_runs_from_nobody_to_everybody():
    rng = np.random.default_rng(0)
    drawn = {draw_support(rng, 100) for _ in range(500)}
    assert {0, 1, 100} <= drawn and len(drawn) > 20
    assert draw_support(rng, 0) == 0


def test_nothing_of_the_present_or_the_future_is_seen():
    course, tracer = a_course(), a_tracer()
    support = course.counts(range(10, 40))
    at = 12
    told = []
    for flip in (False, True):
        learner = course.data.sequences[0]
        assert len(learner) > at + 2
        later = 1 - learner.correct[at:] if flip else learner.correct[at:]
        changed = replace(learner, correct=np.concatenate([learner.correct[:at], later]))
        other = Course(replace(course.data, sequences=[changed]))
        with torch.no_grad():
            episode = make_episode([Piece(other, np.array([0]), support)], longest=40)
            told.append(torch.sigmoid(predict_sequence(tracer, episode)[0].logit[0]))
    assert torch.equal(told[0][: at + 1], told[1][: at + 1])
    assert not torch.allclose(told[0][at + 1 :], told[1][at + 1 :])


def test_padding_and_company_change_nothing():
    course, tracer = a_course(), a_tracer()
    support = course.counts(range(10, 40))
    queries = np.argsort(course.lengths[:6], kind="stable")
    together = make_episode([Piece(course, queries, support)], longest=60)
    alone = make_episode([Piece(course, queries[:1], support)], longest=60)
    with torch.no_grad():
        many = predict_sequence(tracer, together)[0].logit[0]
        one = predict_sequence(tracer, alone)[0].logit[0]
    assert len(one) < len(many)
    assert torch.allclose(many[: len(one)], one, atol=1e-5)


def test_unrolled_statistics_are_what_a_loop_counts():
    course, tracer = a_course(), Tracer()
    learner = course.data.sequences[1]
    context = unroll(tracer, make_episode([Piece(course, np.array([1]), course.counts([]))], longest=50))
    again = np.array([learner.item[n] in learner.item[:n] for n in range(len(learner))])
    for step in range(min(50, len(learner))):
        item, before = learner.item[step], np.arange(step)
        assert context.learner[0, step, :4].tolist() == counted(learner, again, before)
        same = before[learner.item[before] == item]
        assert context.item[0, step, :4].tolist() == counted(learner, again, same)
        for column, skill in enumerate(course.data.item_skills[item]):
            tagged = np.array([n for n in before if skill in course.data.item_skills[learner.item[n]]], np.int64)
            assert context.skills[0, step, column, :4].tolist() == counted(learner, again, tagged)


def counted(learner: Sequence, again: np.ndarray, rows: np.ndarray) -> list[float]:
    first, later = rows[~again[rows]], rows[again[rows]]
    return [len(first), learner.correct[first].sum(), len(later), learner.correct[later].sum()]


def test_own_answers_are_taken_off_the_support():
    course = a_course()
    without = make_episode([Piece(course, np.array([3]), course.counts([n for n in range(9) if n != 3]))], longest=50)
    off = make_episode([Piece(course, np.array([3]), course.counts(range(9)), own_out=True)], longest=50)
    for name in ("course_item", "course_skills", "course_total"):
        assert torch.equal(getattr(without, name), getattr(off, name)), name


def test_courses_of_one_episode_keep_apart():
    """Two courses with different widths of tags: each pair and each count is its own course's."""
    narrow = Course(next(d for d in simulate_courses(50, 1) if max(map(len, d.item_skills)) == 1))
    wide = a_course()
    pieces = [Piece(c, np.array([0, 1]), c.counts(range(2, len(c)))) for c in (narrow, wide)]
    both = make_episode(pieces, longest=30)
    for number, piece in enumerate(pieces):
        alone = make_episode([piece], longest=30)
        rows, steps, width = slice(2 * number, 2 * number + 2), alone.item.shape[1], alone.skill.shape[2]
        assert torch.equal(both.course_item[rows, :steps], alone.course_item)
        assert torch.equal(both.course_skills[rows, :steps, :width], alone.course_skills)
        assert torch.equal(both.skill_mask[rows, :steps, :width], alone.skill_mask)
        assert not both.skill_mask[rows, :, width:].any()
    assert not set(both.item[:2].flatten().tolist()) & set(both.item[2:][both.valid[2:] > 0].flatten().tolist())


def test_of_an_anonymous_item_nothing_is_kept():
    data = a_course().data
    course = Course(replace(data, facts={"anonymous": np.ones(len(data.items), np.bool_)}))
    episode = make_episode([Piece(course, np.arange(3), course.counts(range(3, len(course))))], longest=60)
    context = unroll(Tracer(), episode)
    assert not context.item.any()
    assert not context.course_item.any()
    assert (context.elapsed[..., 1] == -1).all()
    assert context.course_total.any()
    assert context.skills.any()


def test_captured_courses_get_their_share():
    data = list(simulate_courses(12, 0))
    captured = replace(data[0], origin="captured", key="own")
    courses = [Course(captured), *map(Course, data[1:])]
    rng = np.random.default_rng(0)
    episodes = list(draw_episodes(courses, count=60, rng=rng, responses=400, captured_share=0.5))
    total = sum(s.correct.sum() for s in captured.sequences)
    assert len(episodes) == 60 and total > 0
