"""Training further on a course: own answers do not tell, and it helps where it can."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import safetensors.torch
import torch

from metaedu_plugin.training.adapting import adapt
from metaedu_plugin.training.course import Course
from metaedu_plugin.training.data import CourseData
from metaedu_plugin.training.episodes import Piece, make_episode
from metaedu_plugin.training.following import in_batches, logits
from metaedu_plugin.training.in_context import predict_sequence
from metaedu_plugin.training.networks.tracer import ENTRIES, STYLE, VECTOR, Tracer
from metaedu_plugin.training.simulator import simulate_courses
from metaedu_plugin.training.specialise import SpecialiseOptions, specialise
from metaedu_plugin.training.vectors import Vectors, course_table
from serving import bundle
from serving.context import Batch
from serving.vectors import CourseVectors
from tests.training.courses import rasch, sequence

pytestmark = pytest.mark.usefixtures("one_thread")
SHORT = SpecialiseOptions(
    steps=6, responses=800, rate=1e-2, spread=0.05, dropout=0.0, checks=2, at_least=0, learners_at_least=2
)


def drawn(scale: float = 0.2) -> Tracer:
    """A network in which every weight tells."""
    torch.manual_seed(0)
    tracer = Tracer(hidden=8, width=8)
    for parameter in tracer.parameters():
        torch.nn.init.normal_(parameter, 0.0, scale)
    return tracer.eval()


def everybody(course: Course) -> np.ndarray:
    return np.arange(len(course))


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
    expected = adapt(tracer, course, everybody(course)).state_dict()
    assert expected.keys() == {"item", "skill", "style"}
    assert all(torch.equal(vectors.state_dict()[name], value) for name, value in expected.items())


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
            tracer, [(course, everybody(course))], replace(SHORT, steps=30, seed=seed), beside=others
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

    told: list[tuple[float, float]] = []
    options = SpecialiseOptions(steps=75, responses=1600)
    network, (vectors,) = specialise(plain, [(course, known)], options, on_check=lambda *check: told.append(check))
    before, adapted = loss(plain, None), loss(plain, adapt(plain, course, known))
    after = loss(network, vectors)
    assert adapted < before - 0.002
    assert after < adapted - 0.015
    assert [share for share, _ in told][:2] == [0, 7 / 75]


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
    specialise(drawn(), [(course, everybody(course))], options, on_check=lambda share, _: told.append(share))
    assert told == [0, 1 / 10_000]


def any_vectors(course: Course) -> Vectors:
    torch.manual_seed(0)
    vectors = Vectors(course)
    for table in vectors.parameters():
        torch.nn.init.normal_(table)
    return vectors


def test_vectors_of_an_episode_are_the_items_and_the_mean_of_its_skills_and_the_courses_style() -> None:
    course = Course(rasch(learners=2))
    vectors = any_vectors(course)
    episode = make_episode([Piece(course, everybody(course), course.counts([]))], longest=10)
    told, skills = vectors(episode)
    for row, step in ((0, 0), (1, 9)):
        item = int(course.data.sequences[row].item[step])
        mean = vectors.skill[1 + course.data.item_skills[item]].mean(0)
        assert torch.allclose(skills[row, step], torch.cat([mean, vectors.style]), atol=1e-6)
        assert torch.allclose(told[row, step], torch.cat([vectors.item[1 + item] + mean, vectors.style]), atol=1e-6)


@pytest.mark.parametrize("anonymous", [False, True])
def test_what_is_served_of_a_course_is_what_it_was_trained_with(anonymous: bool) -> None:
    """For its items, and for a fresh one of the same skills."""
    data = rasch(learners=2)
    course = Course(replace(data, facts={"anonymous": np.full(len(data.items), anonymous)}))
    vectors = any_vectors(course)
    served = CourseVectors(VECTOR, {data.key: course_table(course, vectors)})
    items = data.sequences[0].item[:10]
    skills = [tuple(data.skills[n] for n in data.item_skills[item]) for item in items]
    trained = vectors(make_episode([Piece(course, np.array([0]), course.counts([]))], longest=10))
    for keys, expected in (([data.items[n] for n in items], trained[0]), ([None] * 10, trained[1])):
        told = Batch(keys, skills).vector(served, data.key)
        assert np.allclose(told, expected[0].detach().numpy(), atol=1e-6)


def test_the_table_of_a_bundle_has_the_courses_keys_and_no_anonymous_item() -> None:
    data = rasch(learners=2)
    course = Course(replace(data, facts={"anonymous": np.arange(len(data.items)) < 2}))
    vectors = any_vectors(course)
    table = course_table(course, vectors)
    assert list(table.items) == data.items[2:]
    assert list(table.skills) == data.skills
    own, learned = 1 + ENTRIES, [each.detach().numpy() for each in (vectors.item[3:], vectors.skill[1:])]
    for told, expected in zip((table.item_vectors, table.skill_vectors), learned, strict=True):
        assert told.shape == (len(expected), VECTOR)
        assert np.array_equal(told[:, :own], expected)
        assert not told[:, own:].any()
    assert table.course_vector.shape == (VECTOR,)
    assert not table.course_vector[:own].any()
    assert np.array_equal(table.course_vector[own:], vectors.style.detach().numpy())
    assert own + STYLE == VECTOR


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
