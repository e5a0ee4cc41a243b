"""Held-out learners of a course through the HTTP service: the same predictions, and how long feedback takes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np

from bench.real_data import ROOT, Figures, figure
from metaedu_plugin.training import dataset, splits
from metaedu_plugin.training.data import CourseData, Sequence
from metaedu_plugin.training.evaluation import metrics
from metaedu_plugin.training.evaluation.replay import replay
from metaedu_plugin.training.evaluation.rows import flatten
from serving import bundle
from serving.client import Client
from serving.types import Candidate, CourseMap, Response

CANDIDATES = 50
"""Items offered as next ones: about a week of a course."""
RESPONSES = 60
"""Responses followed of each learner at most."""


def over_http(folder: Path, path: Path, course_key: str, *, learners: int) -> Figures:
    """Tell the service all training learners, then follow held-out ones: predict, observe, look at the feedback."""
    (course,) = dataset.load([course_key])
    known, held_out = splits.by_learner(course)
    asked = CourseData(
        course.key, course.items, course.skills, course.item_skills, [_first(s) for s in held_out.sequences[:learners]]
    )
    course_map = CourseMap(
        candidates=tuple(_candidate(course, item) for item in range(min(CANDIDATES, len(course.items))))
    )
    rows = flatten(asked)
    expected = replay(bundle.load(path), rows, flatten(known))
    told, taken = np.zeros(len(rows)), []
    with serving(path) as url:
        client = Client(url, deadline=30.0)
        begun = time.perf_counter()
        for sequence in known.sequences:
            client.observe_many(_responses(course, sequence))
        feeding = time.perf_counter() - begun
        # One client at a time: what a learner waits for, network within the machine included.
        place = 0
        for sequence in asked.sequences:
            for response in _responses(course, sequence):
                candidate = Candidate(item=response.item, skills=response.skills)
                found = client.predict(
                    course=course.key, learner=response.learner, candidates=[candidate], now=response.time
                )
                told[place] = found[0].probability
                started = time.perf_counter()
                feedback = client.observe(response, course_map=course_map)
                taken.append(time.perf_counter() - started)
                assert feedback.source == "model"
                place += 1
            client.forget(learner=sequence.learner)
    milliseconds = np.array(taken) * 1000
    # Only the first learner meets the very counts of the evaluation: those who follow meet the earlier ones' responses.
    # Parts of one submission are predicted together in the evaluation, and one after the other here.
    first = np.r_[True, (rows.learner[1:] != rows.learner[:-1]) | (rows.submission[1:] != rows.submission[:-1])]
    gap = round(
        float(np.abs(told - expected)[first & np.r_[first[1:], True] & (rows.learner == 0)].max(initial=0.0)), 7
    )
    p50, p99 = (round(float(np.quantile(milliseconds, q)), 2) for q in (0.5, 0.99))
    aucs = {name: round(metrics.auc(rows.correct, p), 4) for name, p in (("HTTP", told), ("batched", expected))}
    size = {"learners": len(asked.sequences), "responses": len(rows)}
    return [
        figure(f"{course_key}: HTTP feedback, p50", p50, "ms", mark="< 100", met=p50 < 100),
        figure(f"{course_key}: HTTP feedback, p99", p99, "ms", mark="< 100", met=p99 < 100),
        figure(f"{course_key}: HTTP, AUC of held-out learners followed", aucs["HTTP"], "AUC", compared_to=aucs, **size),
        figure(f"{course_key}: HTTP, largest difference from the evaluation", gap, "", mark="< 0.001", met=gap < 1e-3),
        figure(f"{course_key}: HTTP, training learners taken in", round(known.responses / feeding), "1/s"),
    ]


def _first(s: Sequence) -> Sequence:
    arrays = {name: value[:RESPONSES] for name, value in vars(s).items() if name != "learner"}
    return Sequence(learner=s.learner, **arrays)


def _candidate(course: CourseData, item: int) -> Candidate:
    return Candidate(item=course.items[item], skills=tuple(course.skills[k] for k in course.item_skills[item]))


def _responses(course: CourseData, s: Sequence) -> list[Response]:
    return [
        Response(
            id=f"{s.learner}-{n}",
            course=course.key,
            learner=s.learner,
            item=course.items[s.item[n]],
            skills=tuple(course.skills[k] for k in course.item_skills[s.item[n]]),
            correct=bool(s.correct[n]),
            score=float(s.score[n]),
            attempt=int(s.attempt[n]),
            hints=int(s.hints[n]),
            seconds=float(s.seconds[n]),
            time=float(s.time[n]),
        )
        for n in range(len(s))
    ]


@contextmanager
def serving(path: Path) -> Iterator[str]:
    """The service as an operator starts it, until it says that it is ready."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "serving", "--bundle", str(path), "--store", "memory://", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=dict(os.environ))
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                if httpx.get(f"{url}/readyz", timeout=1).status_code == 200:
                    break
            except httpx.HTTPError:
                time.sleep(0.1)
        else:
            sys.exit("the service did not become ready")
        yield url
    finally:
        process.terminate()
        process.wait(20)
