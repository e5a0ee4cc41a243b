"""What is evaluated is what is served: the batched replay and `serving.Engine` predict the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from metaedu_plugin.training.data import CourseData
from metaedu_plugin.training.evaluation.replay import replay
from metaedu_plugin.training.evaluation.rows import flatten
from metaedu_plugin.training.judging import loaded
from serving.engine import Engine
from serving.model import Model
from serving.prior import PriorModel
from serving.stores.memory import MemoryStore
from serving.types import Candidate, Response
from serving.vectors import CourseTable, CourseVectors
from tests.training.courses import Everything, rasch, sequence


def through_the_engine(model: Model, known: CourseData, asked: CourseData) -> list[float]:
    """Each asked learner alone beside the known ones; every submission is predicted, then observed."""
    rows = flatten(asked)
    told: list[float] = []
    for learner, taken in enumerate(asked.sequences):
        engine = Engine(model, MemoryStore())
        engine.observe_many([r for s in known.sequences for r in responses(known, s.learner)])
        mine = responses(asked, taken.learner)
        numbers = rows.submission[rows.learner == learner]
        for submission in np.unique(numbers):
            together = [r for r, n in zip(mine, numbers, strict=True) if n == submission]
            candidates = [Candidate(item=r.item, skills=r.skills) for r in together]
            found = engine.predict(course="c", learner=taken.learner, candidates=candidates, now=together[0].time)
            told += [prediction.probability for prediction in found]
            engine.observe_many(together)
    return told


def responses(course: CourseData, learner: str) -> list[Response]:
    (taken,) = [s for s in course.sequences if s.learner == learner]
    return [
        Response(
            id=f"{learner}-{n}",
            course="c",
            learner=learner,
            # An anonymous item is another one every time.
            item=f"{learner}-{n}" if course.anonymous[taken.item[n]] else course.items[taken.item[n]],
            skills=tuple(course.skills[k] for k in course.item_skills[taken.item[n]]),
            correct=bool(taken.correct[n]),
            score=float(taken.score[n]),
            attempt=int(taken.attempt[n]),
            hints=int(taken.hints[n]),
            seconds=float(taken.seconds[n]),
            time=float(taken.time[n]),
        )
        for n in range(len(taken))
    ]


def learned() -> CourseVectors:
    """Of the course, of all items and skills but one each, and of an item that is not in the course."""
    rng = np.random.default_rng(4)
    items, skills = [f"i{n}" for n in range(1, 14)], ["s2", "s0"]
    drawn = rng.normal(0, 0.3, (2, 13, 3)).astype(np.float32)
    return CourseVectors(3, {"c": CourseTable(drawn[1, 2], items, drawn[0], skills, drawn[1, :2])})


@pytest.fixture(params=["graphs", "prior", "everything"])
def model(request: pytest.FixtureRequest) -> Model:
    if request.param == "graphs":
        return loaded("m", request.getfixturevalue("graphs"))
    return PriorModel() if request.param == "prior" else Everything(learned())


@pytest.mark.parametrize("anonymous", [(), (1, 4, 5)])
def test_the_replay_says_what_the_engine_says(model: Model, anonymous: tuple[int, ...]) -> None:
    """With several skills an item, untagged items, parts handed in together, retries, hints and unknown times."""
    course = rasch(learners=16, responses=12, key="c")
    tagged = [np.zeros(0, np.int32) if n == 5 else skills for n, skills in enumerate(course.item_skills)]
    course = replace(course, item_skills=tagged, facts={"anonymous": np.isin(np.arange(12), anonymous)})
    known, asked = replace(course, sequences=course.sequences[:13]), replace(course, sequences=course.sequences[13:])
    special = [
        sequence("parts", [0, 1, 2, 0, 5, 1], [1, 0, 1, 1, 0, 1], time=[5.0, 5.0, 5.0, 90.0, 90.0, 4000.0]),
        sequence("untimed", [3, 3, 4, 5, 3], [0, 1, 1, 0, 1], attempt=[1, 2, 1, 1, 3]),
    ]
    special[0].hints[2:] = 2.0
    special[0].seconds[1:4] = 17.5
    asked = replace(asked, sequences=[*asked.sequences, *special])
    fast = replay(model, flatten(asked), flatten(known))
    assert fast.tolist() == pytest.approx(through_the_engine(model, known, asked), abs=1e-5)
