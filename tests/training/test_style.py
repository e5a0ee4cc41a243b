"""Directions are those in which courses differ, and a few learners say where in them a new course lies."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from metaedu_plugin.training.adapting import adapt
from metaedu_plugin.training.course import Course, CourseCounts
from metaedu_plugin.training.data import CourseData
from metaedu_plugin.training.following import Followed, follow_all, logits
from metaedu_plugin.training.in_context import one_thread
from metaedu_plugin.training.networks.tracer import STYLE, Tracer
from metaedu_plugin.training.style import _climb, _Course, learn_directions
from metaedu_plugin.training.vectors import Vectors
from tests.training.courses import sequence

pytestmark = pytest.mark.usefixtures("one_thread")
RESPONSES = 23
STRENGTHS = np.linspace(-1.5, 1.5, 24)


def remembering(strength: float, *, learners: int = 24, responses: int = RESPONSES, seed: int = 0) -> Course:
    """Half of the responses come a month after the last one; courses differ in how much better the others are.

    All else is the same for everybody: items of one difficulty, no skills, and learners of one ability.
    """
    rng = np.random.default_rng(seed)
    sequences = []
    for n in range(learners):
        late = rng.random(responses) < 0.5
        time = 1e9 + np.cumsum(np.where(late, 2.6e6, 60.0))
        chance = 1 / (1 + np.exp(-0.6 - strength * np.where(late, -1.0, 1.0)))
        asked = rng.permutation(2 * responses)[:responses].tolist()
        right = (rng.random(responses) < chance).astype(int).tolist()
        sequences.append(sequence(f"l{n}", asked, right, time=time.tolist()))
    items = [f"i{n}" for n in range(2 * responses)]
    return Course(CourseData(f"c{seed}", items, [], [np.zeros(0, np.int32)] * len(items), sequences))


def courses(strengths: np.ndarray, responses: int = RESPONSES) -> Iterator[Course]:
    return (remembering(strength, responses=responses, seed=100 + n) for n, strength in enumerate(strengths))


def fresh() -> Tracer:
    torch.manual_seed(0)
    return Tracer(hidden=8, width=8).eval()


def state(tracer: Tracer) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in tracer.state_dict().items()}


@pytest.fixture(scope="module")
def learned() -> Tracer:
    tracer = fresh()
    with one_thread():
        learn_directions(tracer, courses(STRENGTHS))
    return tracer


def along(tracer: Tracer) -> tuple[np.ndarray, np.ndarray]:
    """Where responses of a new course, met by six learners, lie along each direction [R, STYLE], and in truth [R]."""
    course = remembering(0.0, learners=60, seed=9)
    asked = np.arange(6, len(course))
    followed = follow_all(tracer, course, asked, course.counts(range(6)), places=True)
    with torch.no_grad():
        found = tracer.directions(torch.from_numpy(followed.place)).double().numpy()
    gaps = np.concatenate([np.diff(s.time, prepend=np.nan) for s in course.data.sequences[6:]])
    later = ~np.isnan(gaps)
    return found[later], np.where(gaps[later] > 1000, -1.0, 1.0)


def test_the_one_direction_that_courses_differ_in_is_the_first_and_about_all_there_is(learned: Tracer) -> None:
    found, truth = along(learned)
    first = found[:, 0]
    assert abs(first @ truth) / np.linalg.norm(first) / np.linalg.norm(truth) > 0.95
    # A style is standard normal, so that a direction is as long as courses are spread.
    assert abs(first @ truth) / (truth @ truth) == pytest.approx(STRENGTHS.std(), rel=0.2)
    spread = found.var(0)
    assert spread.shape == (STYLE,)
    assert spread[1:].sum() < 0.5 * spread[0]


@pytest.mark.parametrize("responses", [20, RESPONSES])
def test_the_middle_of_a_direction_is_where_courses_do_not_differ(responses: int) -> None:
    """However many responses everybody gives."""
    tracer = fresh()
    learn_directions(tracer, courses(STRENGTHS, responses))
    found, truth = along(tracer)
    late, soon = (found[truth == side, 0].mean() for side in (-1, 1))
    assert abs(soon + late) < 0.2 * abs(soon - late)


def test_only_the_directions_are_learned(learned: Tracer) -> None:
    before, after = state(fresh()), state(learned)
    assert {name for name in after if not torch.equal(before[name], after[name])} == {
        "directions.weight",
        "directions.bias",
    }


def test_the_same_seed_gives_the_same_directions(learned: Tracer) -> None:
    again, other = fresh(), fresh()
    learn_directions(again, courses(STRENGTHS), seed=0)
    learn_directions(other, courses(STRENGTHS), seed=1)
    assert torch.equal(again.directions.weight, learned.directions.weight)
    assert torch.equal(again.directions.bias, learned.directions.bias)
    assert not torch.equal(other.directions.weight, learned.directions.weight)


def test_learners_who_are_followed_are_counted_among_the_others_of_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def watched(tracer: Tracer, course: Course, learners: np.ndarray, support: CourseCounts, **how: bool) -> Followed:
        expected = course.counts(np.setdiff1d(np.arange(len(course)), learners))
        assert np.array_equal(support.item, expected.item)
        assert np.array_equal(support.total, expected.total)
        seen.append(len(learners))
        return follow_all(tracer, course, learners, support, **how)

    monkeypatch.setattr("metaedu_plugin.training.style.follow_all", watched)
    learn_directions(fresh(), courses(STRENGTHS[:12]))
    assert len(seen) == 12
    assert len(set(seen)) > 4, "now few tell of a course, now many"


@pytest.mark.parametrize("some", [[], [remembering(1.0, learners=1), remembering(1.0, learners=0)]])
@pytest.mark.parametrize("known", [False, True])
def test_without_courses_of_several_learners_all_stays_as_it_is(
    some: list[Course], known: bool, learned: Tracer
) -> None:
    tracer = copy.deepcopy(learned) if known else fresh()
    before = state(tracer)
    learn_directions(tracer, some)
    assert all(torch.equal(before[name], value) for name, value in state(tracer).items())


def test_a_few_courses_do_not_undo_the_directions_that_training_began_with(learned: Tracer) -> None:
    tracer = copy.deepcopy(learned)
    learn_directions(tracer, courses(np.zeros(3)))
    assert not torch.equal(tracer.directions.weight, learned.directions.weight)
    found, truth = along(tracer)
    assert abs(found[:, 0] @ truth) / np.linalg.norm(found[:, 0]) / np.linalg.norm(truth) > 0.95
    assert abs(found[:, 0] @ truth) / (truth @ truth) == pytest.approx(STRENGTHS.std(), rel=0.25)


@pytest.mark.parametrize("strength", [1.2, -1.2])
def test_a_style_learned_from_thirty_learners_predicts_others_of_the_course_better(
    strength: float, learned: Tracer
) -> None:
    course = remembering(strength, learners=130, seed=7)
    known, asked = np.arange(30), np.arange(30, 130)
    correct = np.concatenate([course.outcome[course.rows(int(n)), 0] for n in asked])

    def loss(vectors: Vectors | None) -> float:
        told = logits(learned, course, asked, course.counts(known), vectors=vectors)
        return float((np.logaddexp(0, told) - correct * told).mean())

    adapted = adapt(learned, course, known)
    without = copy.deepcopy(adapted)
    torch.nn.init.zeros_(without.style)
    assert loss(adapted) < loss(None) - 0.08
    assert loss(adapted) < loss(without) - 0.08


@pytest.mark.parametrize("far", [0.0, 8.0])
def test_climbing_ends_where_an_optimiser_does(far: float) -> None:
    """Also from a start at which a full step would go too far."""
    rng = np.random.default_rng(0)
    base, place = rng.normal(0, 0.5, 300), rng.normal(size=(300, 4))
    correct = (rng.random(300) < 1 / (1 + np.exp(-place @ [2.0, -1.0, 0.5, 0.0]))).astype(float)
    half = rng.normal(size=(4, 4))
    precision = half @ half.T + np.eye(4)

    def loss(at: np.ndarray) -> float:
        logit = base + place @ at
        return float(np.logaddexp(0, logit).sum() - correct @ logit + 0.5 * at @ precision @ at)

    course = _Course(*map(torch.from_numpy, (base, place, correct)))
    weights = torch.full((4,), far, dtype=torch.float64)
    losses = [loss(weights.numpy())]
    for _ in range(8):
        weights, bend = _climb(course, torch.from_numpy(precision), weights)
        losses.append(loss(weights.numpy()))
    assert np.diff(losses).max() < 1e-9
    assert np.abs(weights.numpy() - minimize(loss, np.zeros(4), method="BFGS", options={"gtol": 1e-6}).x).max() < 1e-4
    chance = 1 / (1 + np.exp(-base - place @ weights.numpy()))
    assert np.allclose(bend, (place * (chance * (1 - chance))[:, None]).T @ place + precision, atol=1e-3)
