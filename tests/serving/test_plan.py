import itertools
import time
from collections import defaultdict

import pytest

from serving import reasons
from serving.bundle import Bundle
from serving.engine import Engine
from serving.model import Model
from serving.prior import PriorModel
from serving.stores.memory import MemoryStore
from serving.types import Candidate, CourseMap, Plan, Policy, Response
from tests.serving.words import DAY, NOW, course, several

ITEMS = [f"{skill}{n}" for skill in "abc" for n in range(1, 13)]
MASTER = "+" * 8
HOUR = Policy(minutes_a_day=60)


def plan(
    history: list[Response],
    offered: CourseMap | None = None,
    *,
    days: int = 14,
    policy: Policy | None = HOUR,
    model: Model | None = None,
    now: float = NOW + 600,
) -> Plan:
    engine = Engine(model or PriorModel(), MemoryStore())
    engine.observe_many(history)
    offered = offered or course(*ITEMS)
    return engine.plan(course="c", learner="l", course_map=offered, now=now, days=days, policy=policy)


def practised(made: Plan) -> list[str]:
    return [step.skill for step in made.steps if step.kind in {"practise", "advance"}]


def test_says_who_made_it_and_fits_when_it_does() -> None:
    made = plan([])
    assert (made.reason, made.left_out, made.days, made.model, made.source) == (
        reasons.PLAN_READY, 0, 14, "prior", "prior",
    )  # fmt: skip
    assert set(practised(made)) == {"a", "b", "c"}


def test_keeps_to_the_minutes_of_a_day_and_says_what_is_left_out() -> None:
    made = plan([], days=2, policy=Policy(minutes_a_day=7))
    minutes = defaultdict(float)
    for step in made.steps:
        minutes[step.day] += step.minutes
    assert minutes == {0: 6, 1: 6}
    assert made.reason == reasons.PLAN_TOO_SHORT
    assert made.left_out + len(made.steps) == len([s for s in plan([]).steps if s.kind != "review"])


def test_what_takes_longer_than_a_day_allows_gets_a_day_of_its_own() -> None:
    offered = CourseMap(candidates=tuple(Candidate(item=f"a{n}", skills=("a",), minutes=45) for n in range(3)))
    assert [step.day for step in plan([], offered, policy=Policy()).steps][:3] == [0, 1, 2]


def test_prerequisites_come_first_even_against_course_order() -> None:
    made = plan([], course(*ITEMS, prerequisites={"a": ("b",), "b": ("c",)}))
    assert list(dict.fromkeys(practised(made))) == ["c", "b", "a"]
    assert {step.reason for step in made.steps if step.skill == "c" and step.kind != "review"} == {reasons.PREREQUISITE}


def test_a_circle_of_prerequisites_still_gives_a_plan() -> None:
    made = plan([], course(*ITEMS, prerequisites={"a": ("b",), "b": ("a",)}))
    assert set(practised(made)) == {"a", "b", "c"}


def test_mastered_skills_are_only_reviewed_and_ever_less_often() -> None:
    made = plan(several(MASTER), course(*ITEMS), days=30)
    assert "a" not in practised(made)
    days = [step.day for step in made.steps if step.skill == "a"]
    assert {step.reason for step in made.steps if step.skill == "a"} == {reasons.REVIEW_DUE}
    gaps = [later - earlier for earlier, later in itertools.pairwise(days)]
    assert days[0] == 3
    assert gaps == sorted(gaps)
    assert len(days) >= 3


def test_reviews_fall_on_the_days_that_a_memory_model_says() -> None:
    policy = Policy(minutes_a_day=60, reviews={"a": (1.2, 4.0, 11.5), "nowhere": (1.0,)})
    made = plan(several(MASTER), course(*ITEMS), days=20, policy=policy)
    assert [step.day for step in made.steps if step.skill == "a"] == [2, 4, 12]


def test_a_review_that_is_due_by_it_is_the_next_action_and_comes_once() -> None:
    history = [*several(MASTER), *several(MASTER, "b", time=NOW + 900), *several(MASTER, "c", time=NOW + 1800)]
    soon = NOW + 3600
    engine = Engine(PriorModel(), MemoryStore())
    engine.observe_many(history)
    for due, kind in ((-0.5, "review"), (2.0, None)):
        policy = Policy(minutes_a_day=60, reviews={"a": (due, 9.0)})
        told = engine.next(course="c", learner="l", course_map=course(*ITEMS), now=soon, policy=policy).action
        assert (told.kind if told else None) == kind
    made = plan(history, days=12, policy=Policy(minutes_a_day=60, reviews={"a": (-0.5, 9.0)}), now=soon)
    assert [step.day for step in made.steps if step.skill == "a"] == [0, 9]


def test_what_is_practised_is_reviewed_some_days_after() -> None:
    made = plan([], course(*ITEMS), days=14)
    last = max(step.day for step in made.steps if step.skill == "a" and step.kind == "practise")
    review = min(step.day for step in made.steps if step.skill == "a" and step.kind == "review")
    assert review == last + 3


@pytest.mark.parametrize("source", ["prior", "bundle"])
def test_who_knows_more_has_less_to_do(source: str, model: Bundle) -> None:
    used: Model = model if source == "bundle" else PriorModel()
    amounts = [practised(plan(several(done), model=used)).count("a") for done in ("----", "", "++", "++++")]
    assert amounts == sorted(amounts, reverse=True)
    assert amounts[-1] >= 1
    assert amounts[0] > amounts[-1]


def test_no_item_twice_and_none_that_is_done() -> None:
    history = several("+-+")
    items = [step.item for step in plan(history).steps if step.kind in {"practise", "advance"}]
    assert len(items) == len(set(items))
    assert not set(items) & {"a1", "a3"}


def test_reading_comes_before_practice_where_it_helps() -> None:
    made = plan(several("--"), course(*ITEMS, readable=("a", "b")))
    assert [(step.kind, step.skill, step.item) for step in made.steps[:1]] == [("read", "a", None)]
    assert next(step.kind for step in made.steps if step.skill == "b") == "advance"


HISTORIES = ["", "-", "--", "---", "----", "--+", "+-", MASTER, MASTER + "-", MASTER + "+-" * 3]


@pytest.mark.parametrize("source", ["prior", "bundle"])
@pytest.mark.parametrize("skill", ["a", "b", "c"])
@pytest.mark.parametrize("later", [600, 4 * DAY])
def test_begins_with_the_next_action(source: str, skill: str, later: float, model: Bundle) -> None:
    readable = course(*ITEMS, readable=("a", "b"))
    ordered = course(*ITEMS, readable=("c",), prerequisites={"c": ("b",), "b": ("a",)})
    untagged = CourseMap(candidates=(*readable.candidates, Candidate(item="x")))
    for done, offered in itertools.product(HISTORIES, [readable, ordered, untagged]):
        engine = Engine(model if source == "bundle" else PriorModel(), MemoryStore())
        engine.observe_many(several(done, skill))
        told = engine.next(course="c", learner="l", course_map=offered, now=NOW + later, policy=HOUR).action
        made = engine.plan(course="c", learner="l", course_map=offered, now=NOW + later, days=14, policy=HOUR)
        assert told is not None
        first = made.steps[0]
        assert (first.day, first.kind, first.reason, first.skill, first.item) == (
            0, told.kind, told.reason, told.skill, told.item,
        ), done  # fmt: skip
        items = [step.item for step in made.steps if step.kind in {"practise", "advance", "retry"}]
        assert len(items) == len(set(items))
        reads = [step.skill for step in made.steps if step.kind == "read"]
        assert len(reads) == len(set(reads))


def test_the_skill_at_hand_is_finished_first_and_reviewed() -> None:
    made = plan(several("-", "b"), course(*ITEMS), days=30)
    assert list(dict.fromkeys(practised(made))) == ["b", "a", "c"]
    one_left = plan(several("-", "b"), course("b1", "a1"), days=30)
    assert [(step.kind, step.item) for step in one_left.steps if step.skill == "b"][:2] == [
        ("practise", "b1"), ("review", "b1"),
    ]  # fmt: skip


def test_what_is_left_to_do_without_a_skill_is_planned_as_the_next_thing() -> None:
    made = plan([], CourseMap(candidates=(Candidate(item="x"),)))
    assert [(step.kind, step.skill, step.item) for step in made.steps] == [("advance", None, "x")]


def test_nothing_to_plan_says_why() -> None:
    assert plan([], course()).reason == reasons.NO_CANDIDATES
    mastered = plan(several(MASTER), course("a1"), days=1)
    assert (mastered.steps, mastered.reason) == ((), reasons.ALL_MASTERED)
    used_up = plan(several("+"), course("a1"))
    assert (used_up.steps, used_up.reason) == ((), reasons.NO_CANDIDATES)


@pytest.mark.parametrize("days", [0, -3])
def test_no_days_no_steps(days: int) -> None:
    made = plan([], days=days)
    assert made.steps == ()
    assert made.reason == reasons.PLAN_TOO_SHORT


def test_two_thousand_items_take_well_under_a_tenth_of_a_second(model: Bundle) -> None:
    candidates = tuple(Candidate(item=f"i{n}", skills=(f"s{n // 10}",)) for n in range(2000))
    before = {f"s{n}": (f"s{n - 1}",) for n in range(1, 200)}
    engine = Engine(model, MemoryStore())
    offered = CourseMap(candidates=candidates, prerequisites=before)
    taken = []
    for _ in range(5):
        began = time.perf_counter()
        made = engine.plan(course="c", learner="l", course_map=offered, now=NOW, days=60)
        taken.append(time.perf_counter() - began)
    assert len(made.steps) > 100
    assert min(taken) < 0.1
