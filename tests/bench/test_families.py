from functools import cache

import numpy as np
import pytest
import torch

from bench.day_one import courses
from bench.day_one.families import Family, Trained, meta_train
from bench.day_one.families_heads import SETUPS, Head, on_top
from bench.day_one.families_tasks import ROWS, draw_rows, draw_tasks, read
from metaedu_plugin.training.course import Course
from metaedu_plugin.training.meta import Examples
from metaedu_plugin.training.networks.tracer import Tracer
from metaedu_plugin.training.simulator import simulate_courses
from tests.bench.test_day_one_light import LOG, QUERY, SUPPORT

COURSE = Course(courses.to_course(LOG))


@cache
def tracer():
    """Untrained, with a head that says something, and too much: there is something to adapt."""
    torch.manual_seed(0)
    made = Tracer(hidden=8, width=12).eval()
    torch.nn.init.normal_(made.told.weight, std=0.3)
    torch.nn.init.constant_(made.told.bias, 1.0)
    return made


@cache
def pool(seed=0):
    made = [Course(course) for course in simulate_courses(4, 5)]
    return draw_tasks(tracer(), made, [], count=12, rng=np.random.default_rng(seed))


@cache
def learner(family, regime="simulated", course=LOG.name):
    return Trained(meta_train(family, tracer(), pool(), steps=6), tracer(), 7.0)


def family(name):
    return Family(name, "simulated", learner=learner, full=lambda course: COURSE)


def loss(told):
    return -np.log(np.where(QUERY.correct > 0, told, 1 - told)).mean()


@pytest.mark.parametrize("name", SETUPS)
def test_a_course_is_adapted_to(name):
    method = family(name)
    fitted = method.fit(SUPPORT, seed=0)
    told = fitted.predict(QUERY)
    assert (method.name, method.trained_on, method.fit_s) == (f"ours-{name}", "simulated", 7.0)
    assert told.shape == (len(QUERY),)
    assert ((told > 0) & (told < 1)).all()
    # The same counts, without the rows.
    fitted.adapted = family(name).fit(SUPPORT.of([]), seed=0).adapted
    before = fitted.predict(QUERY)
    assert abs(told - before).max() > 1e-4
    if name != "prototypical":  # It has no offset.
        assert loss(told) < loss(before) - 0.001
    # Which rows are drawn is up to the seed.
    assert np.array_equal(told, family(name).fit(SUPPORT, seed=0).predict(QUERY))
    assert not np.array_equal(told, family(name).fit(SUPPORT, seed=1).predict(QUERY))


@pytest.mark.parametrize("name", SETUPS)
@pytest.mark.parametrize("learners", [0, 1])
def test_none_or_one_learner(name, learners):
    told = family(name).fit(SUPPORT.of(range(learners)), seed=0).predict(QUERY)
    assert ((told > 0) & (told < 1)).all()
    assert len(np.unique(told)) > len(QUERY) / 2
    some = family(name).fit(SUPPORT.of(range(learners)), seed=0).predict(QUERY.of([43]))
    assert np.allclose(some, told[QUERY.turn == 3], atol=1e-5)


@pytest.mark.parametrize("name", SETUPS)
def test_the_same_seed_gives_the_same_learner_and_training_changes_it(name):
    again = meta_train(name, tracer(), pool(), steps=6).state_dict()
    short = meta_train(name, tracer(), pool(), steps=1).state_dict()
    first = learner(name).learner.state_dict()
    assert all(torch.equal(value, again[key]) for key, value in first.items())
    assert not all(torch.equal(value, short[key]) for key, value in first.items())


def test_a_head_begins_as_the_networks():
    counts = COURSE.counts(range(40))
    for _, inputs, logit in read(tracer(), COURSE, np.arange(40, 60), counts):
        assert torch.allclose(Head(tracer())(inputs), logit, atol=1e-5)


def test_support_rows_are_drawn_evenly_and_do_not_know_their_own_answers():
    rng = np.random.default_rng(0)
    everybody = COURSE.counts(np.arange(40))
    x, y, mask = draw_rows(tracer(), COURSE, np.arange(40), everybody, rng, own_out=True)
    assert mask.sum() == ROWS
    alone = COURSE.counts([0])
    x, y, mask = draw_rows(tracer(), COURSE, np.array([0]), alone, rng, own_out=True)
    assert int(mask.sum()) == COURSE.lengths[0]
    # Nobody else has answered: before the first response nothing is known, whatever the item.
    ((_, blank, logit),) = read(tracer(), COURSE, np.array([0]), COURSE.counts([]))
    drawn = {tuple(row.tolist()) for row in x[mask > 0]}
    assert drawn == {tuple(row.tolist()) for row in blank[0]}
    assert sorted(y[mask > 0, 1].tolist()) == sorted(logit[0].tolist())
    assert y[mask > 0, 0].mean() == pytest.approx(COURSE.outcome[COURSE.rows(0), 0].mean())


def test_a_class_that_the_support_does_not_show_adds_nothing():
    counts = COURSE.counts(np.arange(40))
    x, y, mask = draw_rows(tracer(), COURSE, np.arange(40), counts, np.random.default_rng(0), own_out=True)
    trained = learner("prototypical").learner
    only_right = trained.adapt(Examples(x, torch.ones_like(mask), mask))
    loss_of = trained.criterion(trained.predict(only_right, x), y, mask)
    own = torch.nn.functional.binary_cross_entropy_with_logits(y[:, 1], y[:, 0])
    assert loss_of.item() == pytest.approx(own.item(), abs=1e-6)


def test_prototypes_of_the_opposite_answers_add_the_opposite():
    counts = COURSE.counts(np.arange(40))
    x, y, mask = draw_rows(tracer(), COURSE, np.arange(40), counts, np.random.default_rng(0), own_out=True)
    trained, nothing = learner("prototypical").learner, torch.zeros(ROWS)
    added, opposite = (
        on_top(trained.predict(trained.adapt(Examples(x, answers, mask)), x), nothing)
        for answers in (y[:, 0], 1 - y[:, 0])
    )
    assert torch.allclose(added, -opposite, atol=1e-5)
    assert added[y[:, 0] > 0].mean() > added[y[:, 0] < 1].mean() + 0.001
