"""The in-context meta-learner learns to learn: evidence moves it the right way, and its certainty is honest."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.special import betaln
from sklearn.metrics import roc_auc_score

from metaedu_plugin.training.course import Course
from metaedu_plugin.training.episodes import Piece, make_episode
from metaedu_plugin.training.in_context import beta_binomial_loss, predict_sequence
from metaedu_plugin.training.meta_training import TrainOptions, train_in_context
from metaedu_plugin.training.networks.tracer import Tracer
from metaedu_plugin.training.simulator import simulate_courses
from tests.training.courses import rasch


@pytest.fixture(scope="module")
def trained() -> Tracer:
    courses = list(simulate_courses(70, seed=11))
    return train_in_context(courses[:60], courses[60:], TrainOptions(epochs=2, batches=40))


def test_beta_binomial_is_the_textbook_likelihood():
    mean, certainty, number, right = (torch.tensor(v, dtype=torch.float64) for v in (0.7, 6.0, 5.0, 2.0))
    alpha, beta = 0.7 * 6, 0.3 * 6
    expected = betaln(alpha, beta) - betaln(alpha + 2, beta + 3)
    assert beta_binomial_loss(mean, certainty, number, right).item() == pytest.approx(expected, abs=1e-9)


def test_the_recurrent_step_is_the_gru_of_pytorch():
    tracer = Tracer().double()
    inputs = torch.randn(3, 7, tracer.recurrent.input_size, dtype=torch.float64)
    whole, _ = tracer.recurrent(inputs)
    state = torch.zeros(3, tracer.hidden, dtype=torch.float64)
    for step in range(7):
        state = tracer.step(torch.cat([inputs[:, step], state], -1), state)
        assert torch.allclose(state, whole[:, step], atol=1e-12)


def test_a_new_course_and_more_support(trained: Tracer):
    """On courses never seen: better than chance with nobody's answers, better still with everybody's."""
    scores = {0: [], 1: []}
    for data in simulate_courses(12, seed=99):
        course = Course(data)
        query, others = np.arange(30), range(30, len(course))
        if len(data.sequences) < 60:
            continue
        for share in (0, 1):
            support = course.counts(others if share else [])
            episode = make_episode([Piece(course, query, support)], longest=150)
            with torch.no_grad():
                logit = predict_sequence(trained, episode)[0].logit
            there = episode.valid > 0
            scores[share].append(roc_auc_score(episode.outcome[..., 0][there], logit[there]))
    assert np.mean(scores[0]) > 0.6
    assert np.mean(scores[1]) > np.mean(scores[0]) + 0.03


def test_right_answers_raise_mastery_and_seeing_more_makes_it_more_certain(trained: Tracer):
    course = Course(next(c for c in simulate_courses(30, seed=4) if all(len(s) == 1 for s in c.item_skills)))
    learner = max(course.data.sequences, key=len)
    support = course.counts(range(len(course.data.sequences)))
    told = []
    for value in (0.0, 1.0):
        same = replace(learner, correct=np.full(len(learner), value, np.float32))
        alone = Course(replace(course.data, sequences=[same]))
        with torch.no_grad():
            episode = make_episode([Piece(alone, np.array([0]), support)], longest=25)
            fresh = predict_sequence(trained, episode)[1]
        told.append(fresh)
    assert torch.sigmoid(told[1].logit[0, -1]) > torch.sigmoid(told[0].logit[0, -1]) + 0.2
    assert told[1].concentration[0, -1] > 1.0


def test_the_same_seed_gives_the_same_network():
    courses = list(simulate_courses(8, seed=0))
    options = TrainOptions(epochs=1, batches=3, hidden=8, width=8)
    one, other = (train_in_context(courses[:6], courses[6:], options).state_dict() for _ in range(2))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_courses_of_each_epoch_are_asked_for_and_the_result_is_that_of_the_epochs(tmp_path):
    """A function from the epoch: asked once for each, the same again with the same seed, and resumed alike.

    The directions are learned from two epochs more, whose courses the weights do not know.
    """
    options = TrainOptions(epochs=2, batches=2, hidden=8, width=8, seed=3)
    asked: list[int] = []

    def courses(epoch: int):
        asked.append(epoch)
        return list(simulate_courses(4, seed=epoch))

    held_back = list(simulate_courses(2, seed=9))
    whole = train_in_context(courses, held_back, options).state_dict()
    assert asked == [1, 2, 3, 4]
    always = train_in_context(courses(1), held_back, options).state_dict()
    assert not all(torch.equal(whole[name], always[name]) for name in whole)

    class Stopped(Exception):
        pass

    def stop(report):
        raise Stopped

    asked.clear()
    file = tmp_path / "training.pt"
    with pytest.raises(Stopped):
        train_in_context(courses, held_back, options, checkpoint=file, on_epoch=stop)
    resumed = train_in_context(courses, held_back, options, checkpoint=file).state_dict()
    assert asked == [1, 2, 3, 4]
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


@pytest.mark.parametrize("anew", [False, True])
def test_directions_are_learned_once_the_weights_are_and_from_courses_trained_on(monkeypatch, anew: bool):
    """Where every epoch has its own courses, from those of the two epochs after the last."""
    seen: list[tuple[dict[str, torch.Tensor], list[str], int]] = []

    def watched(tracer, courses, *, seed):
        weights = {name: value.clone() for name, value in tracer.state_dict().items()}
        seen.append((weights, [course.data.sequences[0].learner for course in courses], seed))

    def courses(epoch: int):
        return [rasch(learners=6, seed=epoch, key=f"{n} of {epoch}") for n in range(2)]

    monkeypatch.setattr("metaedu_plugin.training.meta_training.learn_directions", watched)
    options = TrainOptions(epochs=2, batches=1, hidden=8, width=8, seed=3)
    made = train_in_context(courses if anew else courses(1), [rasch(learners=4)], options).state_dict()
    ((weights, learners, seed),) = seen
    assert all(torch.equal(weights[name], value) for name, value in made.items())
    assert learners == [f"{n} of {epoch}-learner-0" for epoch in ((3, 4) if anew else (1,)) for n in range(2)]
    assert seed == 3


def test_a_trained_network_has_directions_unless_it_need_not(trained: Tracer):
    assert trained.directions.weight.any(1).all()
    assert not trained.training
    options = TrainOptions(epochs=1, batches=1, hidden=8, width=8)
    without = train_in_context([rasch(learners=6)], [rasch(learners=4)], options, directions=False)
    assert not without.directions.weight.any() and not without.directions.bias.any()
    assert not without.training


def test_nothing_to_train_on_says_so():
    with pytest.raises(ValueError, match="nothing to train on"):
        train_in_context([], [], TrainOptions())
