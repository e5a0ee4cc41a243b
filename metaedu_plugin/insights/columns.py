"""Captured responses into columns, one at a time, so that a million of them never stand in memory as objects."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

import numpy as np

from metaedu_plugin.capture.api import Captured
from metaedu_plugin.insights.statistics import Answers


def read(responses: Iterable[Captured]) -> tuple[Answers, int]:
    """Columns of responses that come in order of time, and the largest row id among them (0 when there are none)."""
    learners: dict[str, int] = {}
    items: dict[str, int] = {}
    choices: dict[str, int] = {}
    learner, item, choice, hints, attempt = array("i"), array("i"), array("i"), array("i"), array("i")
    correct, seconds, time = array("b"), array("f"), array("d")
    newest = 0
    nan = float("nan")
    for one in responses:
        learner.append(learners.setdefault(one.learner, len(learners)))
        item.append(items.setdefault(one.item, len(items)))
        choice.append(choices.setdefault(one.choice, len(choices)) if one.choice else -1)
        hints.append(one.hints)
        attempt.append(one.attempt)
        correct.append(one.correct)
        seconds.append(nan if one.seconds is None else one.seconds)
        time.append(nan if one.time is None else one.time.timestamp())
        newest = max(newest, one.id)
    answers = Answers.ordered(
        learners=list(learners),
        items=list(items),
        choices=list(choices),
        learner=np.frombuffer(learner, np.int32),
        item=np.frombuffer(item, np.int32),
        correct=np.frombuffer(correct, np.int8).astype(bool),
        hints=np.frombuffer(hints, np.int32),
        attempt=np.frombuffer(attempt, np.int32),
        seconds=np.frombuffer(seconds, np.float32),
        choice=np.frombuffer(choice, np.int32),
        time=np.frombuffer(time, np.float64),
    )
    return answers, newest
