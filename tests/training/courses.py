"""Small courses and models whose right answers are known."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from metaedu_plugin.capture.models import Learner, Response
from metaedu_plugin.training.data import CourseData, Sequence
from serving.model import Context, Dims, Floats, Observed, summed
from serving.prior import PriorModel
from serving.vectors import CourseVectors


def sequence(
    learner: str,
    items: list[int],
    correct: list[int],
    *,
    time: list[float] | None = None,
    attempt: list[int] | None = None,
) -> Sequence:
    size = len(items)
    return Sequence(
        learner=learner,
        item=np.array(items, np.int32),
        correct=np.array(correct, np.float32),
        score=np.array(correct, np.float32),
        hints=np.zeros(size, np.float32),
        seconds=np.full(size, -1, np.float32),
        attempt=np.array(attempt if attempt else [1] * size, np.float32),
        time=np.array(time if time else [-1.0] * size, np.float64),
    )


def rasch(*, learners: int = 60, items: int = 12, responses: int = 30, seed: int = 0, key: str = "rasch") -> CourseData:
    """Ability minus difficulty, one skill for each third item, times a minute apart."""
    rng = np.random.default_rng(seed)
    difficulty = rng.normal(0, 1.2, items)
    sequences = []
    for n in range(learners):
        asked = rng.integers(items, size=responses)
        chance = 1 / (1 + np.exp(difficulty[asked] - rng.normal(0.3, 1.2)))
        right = (rng.random(responses) < chance).astype(int)
        clock = (1_000_000 + 60.0 * np.arange(responses)).tolist()
        sequences.append(sequence(f"{key}-learner-{n}", asked.tolist(), right.tolist(), time=clock))
    return CourseData(
        key=key,
        items=[f"i{n}" for n in range(items)],
        skills=["s0", "s1", "s2"],
        item_skills=[np.array([n % 3] if n % 4 else [n % 3, (n + 1) % 3], np.int32) for n in range(items)],
        sequences=sequences,
    )


class LastOutcome:
    """Expects that a learner does the same again; the learner's vector is (own counts, last outcome)."""

    name = "last-outcome"
    source = "model"
    dims = Dims(learner=5, skill=4, item=4, vector=1)
    vectors = CourseVectors(1)

    def predict(self, context: Context) -> tuple[Floats, Floats]:
        return np.where(context.learner[:, 0] > 0, 0.1 + 0.8 * context.learner[:, 4], 0.5), np.ones(
            len(context.learner), np.float32
        )

    def observe(self, context: Context, outcome: Floats) -> Observed:
        counted = PriorModel().observe(context._replace(learner=context.learner[:, :4]), outcome)
        learner = np.concatenate([counted.learner, outcome[:, :1]], axis=1)
        return Observed(*self.predict(context), learner, counted.skills, counted.item)


class OthersOnItem(LastOutcome):
    """How others did on the item, as far as the course's counts tell."""

    name = "others"

    def predict(self, context: Context) -> tuple[Floats, Floats]:
        others = summed(context.course_item)
        rate = (others[:, 1] + 1) / (others[:, 0] + 2)
        return rate, np.ones(len(rate), np.float32)


class Everything(PriorModel):
    """Predicts what no one should rely on, from every column of every input: whatever differs shows."""

    dims = Dims(learner=4, skill=4, item=4, vector=3)

    def __init__(self, vectors: CourseVectors) -> None:
        self.vectors = vectors

    def predict(self, context: Context) -> tuple[Floats, Floats]:
        total = np.zeros(len(context.learner))
        for number, (name, array) in enumerate(context._asdict().items(), start=1):
            wide = array[..., None] if name in {"skill_mask", "skill_elapsed"} else array
            if wide.ndim == 3:
                wide = (wide * context.skill_mask[..., None]).sum(axis=1)
            told = np.sign(wide) * np.log1p(np.abs(wide))
            total += told @ np.sin(number + np.arange(told.shape[1]))
        return (0.5 + 0.4 * np.sin(total)).astype(np.float32), np.ones(len(total), np.float32)


def store(course: CourseData) -> None:
    rows = []
    for s in course.sequences:
        learner = Learner.objects.create(pseudonym=s.learner)
        for n in range(len(s)):
            item = course.items[s.item[n]]
            rows.append(
                Response(
                    key=f"{s.learner[-12:]}-{n}",
                    learner=learner,
                    course=course.key,
                    problem=item,
                    item=item,
                    correct=bool(s.correct[n]),
                    score=float(s.correct[n]),
                    attempt=int(s.attempt[n]),
                    time=datetime.fromtimestamp(s.time[n], UTC) if s.time[n] >= 0 else None,
                )
            )
    Response.objects.bulk_create(rows)
