"""Training further on a course: offsets are the optimum, own answers do not tell, and it helps where it can."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import safetensors.torch
import torch
from scipy.optimize import minimize

from metaedu_plugin.training.course import Course
from metaedu_plugin.training.data import CourseData
from metaedu_plugin.training.episodes import Piece, make_episode
from metaedu_plugin.training.following import in_batches, logits
from metaedu_plugin.training.in_context import predict_sequence
from metaedu_plugin.training.networks.tracer import VECTOR, Tracer
from metaedu_plugin.training.offsets import fit_offsets, offsets
from metaedu_plugin.training.simulator import simulate_courses
from metaedu_plugin.training.specialise import SpecialiseOptions, specialise
from metaedu_plugin.training.vectors import Vectors, course_table
from serving import bundle
from tests.training.courses import rasch, sequence

pytestmark = pytest.mark.usefixtures("one_thread")
SHORT = SpecialiseOptions(steps=6, responses=800, rate=1e-2, check_every=3, at_least=0, learners_at_least=2)


def drawn(scale: float = 0.2) -> Tracer:
    """A network in which every weight tells."""
    torch.manual_seed(0)
    tracer = Tracer(hidden=8, width=8)
    for parameter in tracer.parameters():
        torch.nn.init.normal_(parameter, 0.0, scale)
    return tracer.eval()


def everybody(course: Course) -> np.ndarray:
    return np.arange(len(course))


@pytest.mark.parametrize("several", [False, True])
def test_offsets_are_where_an_optimiser_finds_them(several: bool) -> None:
    rng = np.random.default_rng(0)
    number, items, skills, strength = 400, 7, 4, 12.0
    base = rng.normal(0.2, 1.0, number)
    item = rng.integers(0, items, number)
    tags = np.array([[0, 0], [1, 0], [2, 0], [3, 0], [2, 1], [1, 3], [3, 2]])
    skill = tags[item] if several else tags[item][:, :1]
    correct = (rng.random(number) < 0.75).astype(float)
    share = (skill > 0) / np.maximum((skill > 0).sum(1, keepdims=True), 1)

    def loss(values: np.ndarray) -> float:
        on_item, on_skill = values[:items], values[items:]
        logit = base + on_item[item] * (item > 0) + (on_skill[skill] * share).sum(1)
        return float(np.logaddexp(0, logit).sum() - correct @ logit + 0.5 * strength * (values**2).sum())

    best = minimize(loss, np.zeros(items + skills), method="BFGS").x
    told = np.concatenate(fit_offsets(base, correct, item, skill, items=items, skills=skills, strength=strength))
    assert np.abs(told).max() > 0.1
    assert np.abs(told - best).max() < 0.01
    assert told[0] == told[items] == 0.0


def test_a_learners_own_answers_do_not_change_what_they_are_predicted_from() -> None:
    """The first response of a learner, whose later ones differ: the counts are the others', so it stays the same."""
    data = rasch(learners=12)
    flipped = replace(data.sequences[4], correct=1 - data.sequences[4].correct)
    other = replace(data, sequences=[*data.sequences[:4], flipped, *data.sequences[5:]])
    told = []
    for each in (data, other):
        course = Course(each)
        told.append(logits(drawn(), course, np.array([4]), course.counts(everybody(course)), own_out=True))
    assert told[0][0] == told[1][0]
    assert not np.allclose(told[0][1:], told[1][1:])
    course = Course(other)
    assert logits(drawn(), course, np.array([4]), course.counts(everybody(course)))[0] != told[0][0]


def test_too_few_responses_leave_the_network_as_it_is() -> None:
    course, tracer = Course(rasch(learners=10)), drawn()
    same, (vectors,) = specialise(tracer, [(course, everybody(course))])
    assert same is tracer
    assert not vectors.item[:, 1:].any()
    assert vectors.item[1:, 0].any()
    expected = offsets(tracer, course, everybody(course))
    assert torch.equal(vectors.item, expected.item)
    assert torch.equal(vectors.skill, expected.skill)


def test_nobody_leaves_no_offsets() -> None:
    course = Course(replace(rasch(learners=3), sequences=[]))
    vectors = offsets(drawn(), course, everybody(course))
    assert not vectors.item.any()
    assert not vectors.skill.any()


@pytest.mark.parametrize("beside", [False, True])
def test_the_same_seed_gives_the_same(beside: bool) -> None:
    """And neither the given network nor the caller's random numbers change."""
    course, tracer = Course(rasch(learners=30)), drawn(0.5)
    before = {name: value.clone() for name, value in tracer.state_dict().items()}
    others = [course, *map(Course, simulate_courses(2, seed=1))] if beside else []
    torch.manual_seed(7)
    expected = torch.rand(1)
    made = []
    for seed in (1, 1, 2):
        torch.manual_seed(7)
        network, (vectors,) = specialise(
            tracer, [(course, everybody(course))], replace(SHORT, seed=seed), beside=others
        )
        assert torch.equal(torch.rand(1), expected)
        made.append(torch.cat([v.detach().flatten() for v in (*network.parameters(), *vectors.parameters())]))
    assert torch.equal(made[0], made[1])
    assert not torch.equal(made[0], made[2])
    assert all(torch.equal(value, tracer.state_dict()[name]) for name, value in before.items())


def peculiar(learners: int) -> CourseData:
    """Counts of items say little, because strong learners choose the hard ones: half of an item's ease is hidden."""
    rng = np.random.default_rng(5)
    items = 16
    ease = np.where(np.arange(items) % 2, 2.0, -2.0)
    sequences = []
    for n in range(learners):
        ability = rng.normal(0.0, 2.0)
        likes = np.exp(-0.7 * ability * ease)
        asked = rng.choice(items, 30, p=likes / likes.sum())
        right = rng.random(30) < 1 / (1 + np.exp(-(ease[asked] + ability)))
        sequences.append(sequence(f"p{n}", asked.tolist(), right.astype(int).tolist()))
    return CourseData("peculiar", [f"i{n}" for n in range(items)], [], [np.zeros(0, np.int32)] * items, sequences)


def test_it_predicts_learners_set_aside_better_where_items_differ_beyond_their_counts() -> None:
    course = Course(peculiar(160))
    known, asked = np.arange(120), np.arange(120, 160)
    weights = bundle.weights(bundle.SHIPPED)
    assert weights is not None
    plain = Tracer()
    plain.load_state_dict(safetensors.torch.load(weights))
    counts = course.counts(known)
    correct = np.concatenate([course.outcome[course.rows(int(n)), 0] for n in asked])

    def loss(tracer: Tracer, vectors: Vectors | None) -> float:
        told = logits(tracer, course, asked, counts, vectors=vectors)
        return float((np.logaddexp(0, told) - correct * told).mean())

    told: list[tuple[int, float]] = []
    options = SpecialiseOptions(steps=75, responses=1600)
    network, (vectors,) = specialise(plain, [(course, known)], options, on_check=lambda *step: told.append(step))
    before, with_offsets = loss(plain, None), loss(plain, offsets(plain, course, known))
    after = loss(network, vectors)
    assert with_offsets < before - 0.002
    assert after < with_offsets - 0.015
    assert [step for step, _ in told][:2] == [0, 25]


def test_learners_set_aside_take_no_part_in_the_episodes_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    from metaedu_plugin.training import specialise as module

    seen: list[set[str]] = []
    original = module.draw_episodes

    def watched(courses, **how):
        seen.append({s.learner for course in courses for s in course.data.sequences})
        return original(courses, **how)

    monkeypatch.setattr(module, "draw_episodes", watched)
    course = Course(rasch(learners=40))
    specialise(drawn(), [(course, everybody(course))], replace(SHORT, steps=2), beside=[course])
    assert len(seen) == 3
    assert all(len(names) == 34 for names in seen)


def test_the_seconds_end_it() -> None:
    course, told = Course(rasch(learners=30)), []
    options = replace(SHORT, steps=10_000, patience=10_000, seconds=0.0)
    specialise(drawn(), [(course, everybody(course))], options, on_check=lambda *step: told.append(step[0]))
    assert told == [0, 1]


def test_vectors_of_an_episode_are_the_items_and_the_mean_of_its_skills() -> None:
    course = Course(rasch(learners=2))
    vectors = Vectors(course)
    for table in vectors.parameters():
        torch.nn.init.normal_(table)
    episode = make_episode([Piece(course, everybody(course), course.counts([]))], longest=10)
    told, skills = vectors(episode)
    for row, step in ((0, 0), (1, 9)):
        item = int(course.data.sequences[row].item[step])
        mean = vectors.skill[1 + course.data.item_skills[item]].mean(0)
        assert torch.allclose(skills[row, step], mean, atol=1e-6)
        assert torch.allclose(told[row, step], vectors.item[1 + item] + mean, atol=1e-6)


def test_the_table_of_a_bundle_has_the_courses_keys_and_no_anonymous_item() -> None:
    data = rasch(learners=2)
    course = Course(replace(data, facts={"anonymous": np.arange(len(data.items)) < 2}))
    vectors = Vectors(course)
    for table in vectors.parameters():
        torch.nn.init.normal_(table)
    table = course_table(course, vectors)
    assert list(table.items) == data.items[2:]
    assert list(table.skills) == data.skills
    assert table.item_vectors.shape == (len(data.items) - 2, VECTOR)
    assert np.array_equal(table.item_vectors, vectors.item[3:].detach().numpy())
    assert np.array_equal(table.skill_vectors, vectors.skill[1:].detach().numpy())


def test_batches_follow_every_learner_as_if_alone() -> None:
    course, tracer = Course(next(iter(simulate_courses(1, seed=3)))), drawn()
    some = everybody(course)[:12]
    counts = course.counts(everybody(course)[12:])
    together = logits(tracer, course, some, counts)
    assert sum(len(who) for who, _ in in_batches(course, some, counts)) == len(some)
    start = 0
    for learner in some[:4]:
        episode = make_episode([Piece(course, np.array([learner]), counts)], longest=10**6)
        with torch.no_grad():
            alone = predict_sequence(tracer, episode)[0].logit[0].numpy()
        assert np.allclose(together[start : start + len(alone)], alone, atol=1e-5)
        start += len(alone)
