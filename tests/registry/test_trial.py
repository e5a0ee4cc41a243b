"""Trying out leaves no trace, and says what would really come."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from metaedu_plugin.capture.models import Learner, Response
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.registry import api as registry
from metaedu_plugin.registry import gateway
from metaedu_plugin.registry.trial.counted import counted
from serving.context import TOTAL, item_key, skill_key
from serving.engine import Engine
from serving.state import space
from serving.stores.base import Address
from serving.types import Policy
from serving.types import Response as Answer

pytestmark = pytest.mark.django_db
COURSE = "course-v1:org+trial+run"
LEARNERS, ITEMS = [f"{n:032x}" for n in range(6)], 8
NOW = 1_770_000_000.0


@pytest.fixture(autouse=True)
def platform(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.METAEDU_STORE = f"sqlite:///{tmp_path / 'states.sqlite3'}"
    curriculum.import_csv(
        course=COURSE,
        skills=io.StringIO("skill,title\na,A\nb,B\n"),
        items=io.StringIO("item,title,skills\n" + "".join(f"i{n},Item {n},{'ab'[n % 2]}\n" for n in range(ITEMS))),
    )
    gateway.reset()
    yield
    gateway.reset()


def answers() -> list[Answer]:
    """Everybody's, some items twice, stored as capture stores them."""
    told, rows = [], []
    for who, name in enumerate(LEARNERS):
        learner, _ = Learner.objects.get_or_create(pseudonym=name)
        for n in range(ITEMS + who):
            item, correct = f"i{n % ITEMS}", (n * 7 + who) % 3 > 0
            key, moment = f"{who:016x}{n:016x}", NOW + 60 * n + who
            told.append(
                Answer(
                    id=key,
                    course=COURSE,
                    learner=name,
                    item=item,
                    skills=("ab"[n % ITEMS % 2],),
                    correct=correct,
                    attempt=1 + n // ITEMS,
                    time=moment,
                )
            )
            rows.append(
                Response(
                    key=key,
                    learner=learner,
                    course=COURSE,
                    problem=item,
                    item=item,
                    correct=correct,
                    score=float(correct),
                    attempt=1 + n // ITEMS,
                    time=Response._meta.get_field("time").to_python(f"2026-02-02T0{n // 60}:{n % 60:02d}:0{who}Z"),
                )
            )
    Response.objects.bulk_create(rows)
    return told


def keys() -> list[str]:
    return [TOTAL, *(skill_key(s) for s in "ab"), *(item_key(f"i{n}") for n in range(ITEMS))]


def one(item: str = "i1", **fields: Any) -> Answer:
    given = {"id": "x", "course": COURSE, "learner": LEARNERS[0], "item": item, "skills": ("b",), "correct": False}
    return Answer(**{**given, "time": NOW + 9000, **fields})


def asked(tutor: Any, learner: str = LEARNERS[0]) -> Any:
    return tutor.next(
        course=COURSE, learner=learner, course_map=curriculum.course_map(course=COURSE), now=NOW + 9100, policy=Policy()
    )


def test_what_is_told_to_a_trial_stays_in_it_and_is_what_the_engine_would_say() -> None:
    registry.tutor().observe_many(answers())
    here = gateway.here()
    assert isinstance(here, Engine)
    where = Address(space(here.model.name, here.model.dims), COURSE, LEARNERS[0])
    before = here.store.load(where, keys())
    trial = registry.trial(course=COURSE)
    assert asked(trial) == asked(registry.tutor())
    told = trial.observe(one(), course_map=curriculum.course_map(course=COURSE))
    other = registry.trial_again(trial)
    other.observe(one(id="y", correct=True), course_map=curriculum.course_map(course=COURSE))
    then = asked(trial)
    after = here.store.load(where, keys())
    assert (after.blob, after.version) == (before.blob, before.version)
    assert (after.counts == before.counts).all() and not here.store.applied(where, ["x", "y"])
    assert told == registry.tutor().observe(one(), course_map=curriculum.course_map(course=COURSE))
    assert then == asked(registry.tutor())


def test_what_the_engine_has_seen_counts_once_when_it_is_told_again() -> None:
    told = answers()
    registry.tutor().observe_many(told)
    mine = [each for each in told if each.learner == LEARNERS[5]]
    trial = registry.trial(course=COURSE)
    assert trial.observe_many(mine) == 0
    assert trial.observe(mine[-1]).after == registry.tutor().observe(mine[-1]).after
    assert trial.observe_many([*mine, one(id="new", learner=LEARNERS[5])]) == 1


def test_the_counts_of_stored_answers_are_those_that_the_engine_keeps() -> None:
    registry.tutor().observe_many(answers())
    here = gateway.here()
    assert isinstance(here, Engine)
    where = Address(space(here.model.name, here.model.dims), COURSE, "")
    made = counted(here.model, course=COURSE)
    assert made.load(where, keys()).counts.tolist() == here.store.load(where, keys()).counts.tolist()


def test_where_a_service_answers_the_model_is_loaded_here_and_knows_the_course(settings: Any) -> None:
    told = answers()
    registry.tutor().observe_many(told)
    expected = asked(registry.trial(course=COURSE), "made up")
    settings.METAEDU_SERVING_URL = "http://127.0.0.1:9"
    gateway.reset()
    assert gateway.here() is None
    trial = registry.trial(course=COURSE, learner=LEARNERS[2])
    trial.observe_many([each for each in told if each.learner == LEARNERS[2]])
    where = Address(space(trial.model.name, trial.model.dims), COURSE, "")
    whole = counted(trial.model, course=COURSE).load(where, keys()).counts
    assert trial.store.load(where, keys()).counts.tolist() == whole.tolist()
    made_up = asked(registry.trial(course=COURSE), "made up")
    assert made_up.source == "shipped" and made_up.action == expected.action
