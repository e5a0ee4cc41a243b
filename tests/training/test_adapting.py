"""Meeting a course in closed form: style and offsets are the optimum, and nobody's answers are nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from metaedu_plugin.training.adapting import STRENGTH, Strength, adapt, fit, style_strength
from metaedu_plugin.training.course import Course
from metaedu_plugin.training.following import follow_all
from metaedu_plugin.training.networks.tracer import ENTRIES, Tracer
from tests.training.courses import rasch

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("strength", [STRENGTH, Strength(style=5.0, item=2.0, skill=8.0)])
@pytest.mark.parametrize("alike", [0.0, 0.8])
def test_style_and_offsets_are_where_an_optimiser_finds_them_together(
    several: bool, strength: Strength, alike: float
) -> None:
    """Also where places hang on the item (`alike`), so that style and offsets could stand in for each other."""
    rng = np.random.default_rng(0)
    number, items, skills, style = 400, 7, 4, 3
    base = rng.normal(0.2, 1.0, number)
    item = rng.integers(0, items, number)
    tags = np.array([[0, 0], [1, 0], [2, 0], [3, 0], [2, 1], [1, 3], [3, 2]])
    skill = tags[item] if several else tags[item][:, :1]
    places = alike * rng.normal(size=(items, style))[item] + (1 - alike) * rng.normal(size=(number, style))
    hard = np.array([0.0, 1.5, -1.5, 1.0, -1.0, 0.5, 0.0])
    correct = (rng.random(number) < 1 / (1 + np.exp(-base - places @ [1.0, -0.7, 0.0] - hard[item]))).astype(float)
    share = (skill > 0) / np.maximum((skill > 0).sum(1, keepdims=True), 1)

    def loss(values: np.ndarray) -> float:
        of_course, on_item, on_skill = np.split(values, [style, style + items])
        logit = base + places @ of_course + on_item[item] * (item > 0) + (on_skill[skill] * share).sum(1)
        prior = sum(s * (v**2).sum() for s, v in zip(strength, (of_course, on_item, on_skill), strict=True))
        return float(np.logaddexp(0, logit).sum() - correct @ logit + 0.5 * prior)

    best = minimize(loss, np.zeros(style + items + skills), method="BFGS", options={"gtol": 1e-6}).x
    parts = fit(base, places, correct, item, skill, items=items, skills=skills, strength=strength)
    told = np.concatenate(parts)
    assert [np.abs(part).max() > 0.03 for part in parts] == [True] * 3
    assert np.abs(told - best).max() < 0.01
    assert parts[1][0] == parts[2][0] == 0.0


def test_without_directions_or_responses_there_is_nothing_to_fit() -> None:
    rows = np.zeros((0, 2))
    none = np.zeros(0, np.int64)
    style, item, skill = fit(np.zeros(0), rows, np.zeros(0), none, none[:, None], items=3, skills=2)
    assert [part.tolist() for part in (style, item, skill)] == [[0] * 2, [0] * 3, [0] * 2]


def drawn() -> Tracer:
    """A network in which every weight tells."""
    torch.manual_seed(0)
    tracer = Tracer(hidden=8, width=8)
    for parameter in tracer.parameters():
        torch.nn.init.normal_(parameter, 0.0, 0.2)
    return tracer.eval()


def everybody(course: Course) -> np.ndarray:
    return np.arange(len(course))


@pytest.mark.parametrize("there", [0, 3])
def test_nobody_leaves_all_zeros(there: int) -> None:
    data = rasch(learners=3)
    course = Course(replace(data, sequences=data.sequences[:there]))
    vectors = adapt(drawn(), course, np.zeros(0, np.int64))
    assert [name for name, value in vectors.named_parameters() if value.any()] == []


def test_a_course_is_met_by_style_and_offsets_alone_and_the_network_stays_as_it_is() -> None:
    course, tracer = Course(rasch(learners=30)), drawn()
    before = {name: value.clone() for name, value in tracer.state_dict().items()}
    vectors = adapt(tracer, course, everybody(course))
    assert vectors.style.all()
    assert vectors.item[1:, 0].all() and vectors.skill[1:, 0].all()
    assert not vectors.item[0].any() and not vectors.skill[0].any()
    assert vectors.item.shape[1] == vectors.skill.shape[1] == 1 + ENTRIES
    assert not vectors.item[:, 1:].any() and not vectors.skill[:, 1:].any()
    assert all(torch.equal(value, tracer.state_dict()[name]) for name, value in before.items())


def test_a_network_without_directions_finds_no_style() -> None:
    course, tracer = Course(rasch(learners=10)), drawn()
    for parameter in tracer.directions.parameters():
        torch.nn.init.zeros_(parameter)
    vectors = adapt(tracer, course, everybody(course))
    assert not vectors.style.any()
    assert vectors.item[1:, 0].any()


def test_an_anonymous_item_has_no_offset() -> None:
    data = rasch(learners=20)
    anonymous = np.arange(len(data.items)) < 5
    course = Course(replace(data, facts={"anonymous": anonymous}))
    vectors = adapt(drawn(), course, everybody(course))
    assert (vectors.item[1:, 0] != 0).tolist() == (~anonymous).tolist()


def test_only_these_learners_answers_tell() -> None:
    data = rasch(learners=12)
    flipped = [replace(each, correct=1 - each.correct) for each in data.sequences[8:]]
    some = np.array([6, 0, 3])
    one, other = (
        adapt(drawn(), course, some).state_dict()
        for course in (Course(data), Course(replace(data, sequences=[*data.sequences[:8], *flipped])))
    )
    assert all(torch.equal(one[name], other[name]) for name in one)
    counted = adapt(drawn(), Course(data), some, support=Course(data).counts(some)).state_dict()
    assert all(torch.equal(one[name], counted[name]) for name in one)


def test_each_learner_is_predicted_from_the_counts_of_the_others() -> None:
    course, tracer, some = Course(rasch(learners=12)), drawn(), np.array([6, 0, 3])
    alone = [
        follow_all(tracer, course, some[n : n + 1], course.counts(np.delete(some, n)), places=True) for n in range(3)
    ]
    places = tracer.directions(torch.from_numpy(np.concatenate([each.place for each in alone]))).double()
    rows = course.rows_of(some)
    style, item, skill = fit(
        np.concatenate([each.logit for each in alone]),
        places.detach().numpy(),
        course.outcome[rows, 0].astype(float),
        course.item[rows] + 1,
        course.skill_table[course.item[rows]] + 1,
        items=len(course.data.items) + 1,
        skills=len(course.data.skills) + 1,
        strength=STRENGTH._replace(style=style_strength(3)),
    )
    vectors = adapt(tracer, course, some)
    found = (vectors.style, vectors.item[:, 0], vectors.skill[:, 0])
    for told, expected in zip(found, (style, item, skill), strict=True):
        assert np.allclose(told.detach().numpy(), expected, atol=1e-4)


def test_few_learners_tell_less_of_a_style() -> None:
    assert style_strength(4) == 2 * STRENGTH.style
    assert style_strength(0) == style_strength(1) > style_strength(2) > style_strength(10_000) > STRENGTH.style
