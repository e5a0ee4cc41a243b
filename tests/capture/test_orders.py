"""Whatever the order, repetition and batches of deliveries: what counts in the end is what the ideal order gives."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from metaedu_plugin.capture import api
from metaedu_plugin.capture.models import Activity, Learner, Response
from tests.capture.conftest import Run
from tests.capture.payloads import COURSE, START, block, check, hint
from tests.capture.test_validity import deleted, ingest, rescore, rescored

DRAG = block("d1").replace("type@problem", "type@drag-and-drop-v2")
PARTS = ("2_1", "3_1")
Mark = tuple[Any, ...]


def parts(event: dict[str, Any], marks: tuple[bool, bool]) -> dict[str, Any]:
    """The same event of a problem of two parts."""
    event["data"]["correct_map"] = {
        f"p1_{part}": {"correctness": "correct" if mark else "incorrect", "npoints": None}
        for part, mark in zip(PARTS, marks, strict=True)
    }
    return event


def scored(*, at: float, earned: float, name: str = DRAG, **more: Any) -> dict[str, Any]:
    """As `hearing.on_score` hands it to the spool."""
    data = {"user_id": 41, "course_id": COURSE, "usage_id": name, "earned": earned, "possible": 2}
    return {
        "name": "metaedu.score",
        "timestamp": START + timedelta(seconds=at),
        "context": {},
        "data": {**data, "deleted": False, "by_grader": False, **more},
    }


@st.composite
def histories(draw: st.DrawFn) -> list[dict[str, Any]]:
    """What happens to one learner's problem of two parts and drag and drop, in the order in which it happens."""
    kinds = st.sampled_from(
        ["check", "check", "hint", "reset", "rescore", "drag", "drag", "drag reset", "drag rescore"]
    )
    history, attempt = [], 0
    for step, kind in enumerate(draw(st.lists(kinds, min_size=1, max_size=8))):
        at = 10.0 * step
        marks = draw(st.tuples(st.booleans(), st.booleans()))
        if kind == "check":
            attempt += 1
            history.append(parts(check(at=at, attempt=attempt), marks))
        elif kind == "hint":
            history.append(hint(at=at))
        elif kind == "reset":
            attempt = 0
            history.append(deleted(at=at))
        elif kind == "rescore" and attempt:
            # Both events of one rescore; which of them the platform emits first is nobody's promise.
            order = draw(st.permutations([0.0, 1.0]))
            history.append(rescored(at=at + order[0]))
            history.append(parts(rescore(at=at + order[1], attempt=attempt), marks))
        elif kind == "drag":
            history.append(scored(at=at, earned=marks[0] + marks[1]))
        elif kind == "drag reset":
            event = deleted(at=at)
            event["data"]["problem_id"] = DRAG
            history.append(event)
        elif kind == "drag rescore":
            history.append(rescored(at=at, name=DRAG, earned=float(marks[0])))
    return history


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[list[dict[str, Any]]]]:
    """A history, and batches that hold each of its events once or more, in any order."""
    history = draw(histories())
    again = draw(st.lists(st.sampled_from(history), max_size=3)) if history else []
    order = draw(st.permutations([*history, *again]))
    cuts = sorted(draw(st.sets(st.integers(1, max(len(order) - 1, 1)), max_size=len(order))))
    return history, [order[a:b] for a, b in zip([0, *cuts], [*cuts, len(order)], strict=True)]


def marks_of(rows: Iterable[api.Captured]) -> list[Mark]:
    """What counts, in order."""
    return sorted((row.time, row.item.rpartition("block@")[2], row.attempt, row.correct, row.score) for row in rows)


def afresh(batches: list[list[dict[str, Any]]]) -> list[Mark]:
    for model in (Response, Activity, Learner):
        model.objects.all().delete()
    for batch in batches:
        ingest(*batch)
    return marks_of(api.responses(course=COURSE))


def ideal(history: list[dict[str, Any]]) -> list[Mark]:
    """The same by the platform's words alone: a state for each part, and nothing of how rows are kept."""
    valid: dict[str, list[list[Any]]] = {}
    for event in history:
        data, when = event["data"], event["timestamp"]
        name = (data.get("problem_id") or data.get("usage_id") or "").rpartition("block@")[2]
        is_drag = name == "d1"
        if event["name"] == "problem_check":
            for key, mark in data["correct_map"].items():
                one = [when, data["attempts"], mark["correctness"] == "correct"]
                valid.setdefault(f"p1#{key[3:]}", []).append([*one, float(one[2])])
        elif event["name"] == "metaedu.score":
            share = data["earned"] / 2
            before = valid.setdefault("d1", [])
            before.append([when, (before[-1][1] if before else 0) + 1, share == 1, share])
        elif event["name"].endswith("state_deleted"):
            for key in [key for key in valid if key.startswith(name)]:
                valid[key] = []
        elif event["name"] == "problem_rescore":
            for key, mark in data["correct_map"].items():
                last = valid[f"p1#{key[3:]}"][-1]
                right = mark["correctness"] == "correct"
                valid[f"p1#{key[3:]}"] = [[last[0], last[1], right, float(right)]]
        elif is_drag and valid.get("d1"):
            last, share = valid["d1"][-1], data["new_weighted_earned"]
            valid["d1"] = [[last[0], last[1], share == 1, share]]
    return sorted((one[0], key, *one[1:]) for key, some in valid.items() for one in some)


def is_sound(history: list[dict[str, Any]]) -> bool:
    """Whether no drag and drop is graded again that was not answered: the platform has no score of it then."""
    answered = False
    for event in history:
        data = event["data"]
        if event["name"] == "metaedu.score":
            answered = True
        elif (data.get("problem_id") or "") == DRAG:
            if event["name"].endswith("rescored") and not answered:
                return False
            answered = answered and not event["name"].endswith("deleted")
    return True


def holds(delivered: tuple[list[Any], list[list[Any]]]) -> None:
    history, batches = delivered
    if not is_sound(history):
        return
    assert afresh([[event] for event in sorted(history, key=when)]) == ideal(history)
    assert afresh(batches) == ideal(history)


def when(event: dict[str, Any]) -> datetime:
    moment: datetime = event["timestamp"]
    return moment


QUICKLY = settings(deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate, Phase.shrink])


@settings(QUICKLY, max_examples=60)
@given(deliveries())
def test_what_counts_does_not_depend_on_how_it_came(delivered: tuple[list[Any], list[list[Any]]]) -> None:
    holds(delivered)


ON_A_SERVER = """
import django; django.setup()
from hypothesis import given, settings
from tests.capture.test_orders import QUICKLY, deliveries, holds
settings(QUICKLY, max_examples=10, database=None)(given(deliveries())(holds))()
"""


def life(user: int) -> list[dict[str, Any]]:
    """What happens to a learner in a class that is graded again, some are reset, and some go on."""
    first = [parts(check(user=user, at=1), (False, True)), parts(check(user=user, at=2, attempt=2), (True, False))]
    ends = [deleted(user=user, at=10)] if user % 3 == 0 else [parts(rescore(user=user, at=10, attempt=2), (True, True))]
    return [*first, *ends, *([parts(check(user=user, at=20, attempt=1), (False, False))] if user % 2 else [])]


LEARNERS = range(100, 130)
BESIDE = """
import random, sys, django; django.setup()
from tests.capture.test_orders import LEARNERS, life
from tests.capture.test_validity import ingest
mine = [[event for n, event in enumerate(life(user)) if n % 2 == {half}] for user in LEARNERS]
for some in mine:
    for event in random.Random({half}).sample(some, len(some)):
        ingest(event)
"""
LEFT = """
import django; django.setup()
from metaedu_plugin.capture import api
from tests.capture.payloads import COURSE
from tests.capture.test_orders import LEARNERS, ideal, life, marks_of
for user in LEARNERS:
    rows = api.responses(course=COURSE, learner=api.learner_for(user_id=user))
    assert marks_of(rows) == ideal(life(user)), (user, marks_of(rows), ideal(life(user)))
"""


def test_on_every_database(server: Run) -> None:
    server("-c", ON_A_SERVER)


def test_two_processes_that_store_the_halves_of_what_happened_at_once(server: Run) -> None:
    halves = [threading.Thread(target=server, args=("-c", BESIDE.format(half=half))) for half in (0, 1)]
    for one in halves:
        one.start()
    for one in halves:
        one.join()
    server("-c", LEFT)
