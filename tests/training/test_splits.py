"""A learner is on one side for ever; courses can be kept away."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from metaedu_plugin.training import splits
from tests.training.courses import rasch

NAMES = [f"{n:032x}" for n in range(4000)]


def test_the_shares_are_as_said() -> None:
    held_out = [name for name in NAMES if splits.held_out(name)]
    assert abs(len(held_out) / len(NAMES) - splits.HELD_OUT) < 0.02
    aside = [name for name in NAMES if splits.for_validation(name)]
    assert abs(len(aside) / len(NAMES) - splits.VALIDATION) < 0.02


def test_the_sides_never_change() -> None:
    """Fixed by value: were the hash ever changed, learners would cross over to where older versions trained."""
    assert [splits.held_out(f"learner-{n}") for n in range(12)] == FIXED


def test_the_same_in_another_process_and_under_another_secret(settings: Any) -> None:
    settings.SECRET_KEY = "rotated"
    script = (
        "from django.conf import settings; settings.configure(SECRET_KEY='other');"
        "from metaedu_plugin.training import splits;"
        "print([splits.held_out(f'learner-{n}') for n in range(12)])"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert told.strip() == str(FIXED)


def test_held_out_and_validation_are_independent() -> None:
    aside = [name for name in NAMES if splits.for_validation(name)]
    assert abs(sum(map(splits.held_out, aside)) / len(aside) - splits.HELD_OUT) < 0.05


def test_a_course_is_divided_without_loss_and_in_order() -> None:
    course = rasch(learners=50)
    known, asked = splits.by_learner(course)
    assert sorted(s.learner for s in [*known.sequences, *asked.sequences]) == sorted(
        s.learner for s in course.sequences
    )
    assert all(splits.held_out(s.learner) for s in asked.sequences)
    assert not any(splits.held_out(s.learner) for s in known.sequences)
    assert known.items == asked.items == course.items


def test_courses_are_kept_away_by_key() -> None:
    kept, unseen = splits.by_course([rasch(key="a"), rasch(key="b")], {"b"})
    assert [c.key for c in kept] == ["a"]
    assert [c.key for c in unseen] == ["b"]


FIXED = [False, False, False, True, False, False, False, False, False, False, False, False]
