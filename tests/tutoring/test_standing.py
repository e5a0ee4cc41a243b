"""Honest words about mastery."""

from __future__ import annotations

import pytest

from metaedu_plugin.tutoring.standing import standing
from serving.types import Mastery


def mastery(**changes: object) -> Mastery:
    given = {"skill": "add", "mean": 0.68, "low": 0.55, "high": 0.8, "responses": 6, "correct": 4, "status": "learning"}
    return Mastery(**{**given, **changes})  # type: ignore[arg-type]


def test_the_range_is_told_in_hundredths() -> None:
    said = standing(mastery(), title="Adding")
    assert said["range"] == {"mean": 68, "low": 55, "high": 80}
    assert said["text"] == "between 55 and 80 of 100"
    assert said["sentence"] == ("4 of 6 answers right. Of 100 fresh questions you would get about 55 to 80 right.")


@pytest.mark.parametrize(
    ("changes", "status", "label"),
    [
        ({"responses": 0, "correct": 0, "status": "unknown"}, "unknown", "Not tried yet"),
        ({"responses": 1, "correct": 0}, "early", "Too early to say"),
        ({"responses": 2, "correct": 2}, "early", "Too early to say"),
        ({"responses": 3, "correct": 0}, "learning", "Learning"),
        ({"responses": 1, "correct": 1, "status": "mastered"}, "mastered", "Got it"),
    ],
)
def test_too_few_answers_read_differently_from_weak(changes: dict, status: str, label: str) -> None:
    said = standing(mastery(**changes), title="Adding")
    assert (said["status"], said["label"]) == (status, label)


def test_one_wrong_answer_is_no_verdict() -> None:
    said = standing(mastery(responses=1, correct=0), title="Adding")
    assert said["sentence"] == "0 of 1 answer right. That is not enough to tell; a few more answers will."


def test_the_range_always_holds_its_mean() -> None:
    band = standing(mastery(mean=0.999, low=0.9, high=0.994), title="")["range"]
    assert band["low"] <= band["mean"] <= band["high"]
