"""The model that ships: its size, its time for one answer, and that ONNX Runtime says what PyTorch says.

    python -m bench.default_model

Times are of `serving.graphs.Graph.run`, as the engine calls it: ONNX Runtime on one thread, one learner and one item
with one skill, handing over and taking back included; and, where arrays are kept bound, of ONNX Runtime alone. With
METAEDU_BENCH_DATA a thousand real learners are replayed through both ends, else simulated ones. Figures go to
bench/results/default_model.json.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
import torch

from metaedu_plugin.training.course import Course
from metaedu_plugin.training.data import CourseData
from metaedu_plugin.training.evaluation.replay import replay
from metaedu_plugin.training.evaluation.rows import flatten
from metaedu_plugin.training.following import logits
from metaedu_plugin.training.networks.tracer import Tracer
from metaedu_plugin.training.recipe import RECIPE, UNSEEN_SEED
from metaedu_plugin.training.simulator import simulate_courses
from serving import bundle
from serving.bundle.checks import OUTPUTS, empty_context
from serving.graphs import Graph, session
from serving.schema import CONTEXT, GRAPHS, OUTCOME

RESULTS = Path(__file__).parent / "results" / "default_model.json"
COMMAND = "python -m bench.default_model"
MEASURED_ON = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, one thread"
REAL = ("assist2009_akt", "statics2011_dkvmn", "assist2017_timed", "cs_exam", "ednet_sample")
LEARNERS, RUNS = 1000, 4000

EPOCH = """
import dataclasses, resource
from metaedu_plugin.training.meta_training import train_in_context
from metaedu_plugin.training.recipe import RECIPE, simulated, validation
train_in_context(simulated(RECIPE), validation(), dataclasses.replace(RECIPE.train, epochs=1))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def row(figure: str, value: float, unit: str, mark: float | None = None, **beside: Any) -> dict[str, Any]:
    """One row of the results; a mark is the most that it may be."""
    met = None if mark is None else bool(value <= mark)
    kept = {"figure": figure, "value": value, "unit": unit, "mark": mark, "met": met, "compared_to": None}
    return {**kept, **beside, "command": COMMAND, "measured_on": MEASURED_ON}


def sizes() -> list[dict[str, Any]]:
    onnx = sum((bundle.SHIPPED / path).stat().st_size for path in GRAPHS.values())
    return [row("both ONNX graphs", round(onnx / 1e6, 3), "MB", 5.0)]


def times() -> list[dict[str, Any]]:
    """Microseconds of a run: median, and the tenth percentile, which others on a shared machine disturb less."""
    loaded = bundle.shipped()
    found = []
    for graph, size, name, mark in (
        ("observe", 1, "one observe-and-predict", 50.0),
        ("predict", 1, "one prediction", None),
        ("predict", 200, "200 candidates", 300.0),
    ):
        run = Graph(session((bundle.SHIPPED / GRAPHS[graph]).read_bytes()), OUTPUTS[graph])
        feed = dict(zip(CONTEXT, empty_context(loaded.dims, size, 1), strict=True))
        if graph == "observe":
            feed[OUTCOME] = np.array([[1, 1, 0, 10, 1]], np.float32)
        taken = np.empty(RUNS)
        for turn in range(-200, RUNS):
            began = time.perf_counter()
            run.run(feed)
            taken[turn] = time.perf_counter() - began
        median, tenth, late = 1e6 * np.quantile(taken, [0.5, 0.1, 0.99])
        found.append(row(name, round(median, 1), "us, p50", mark, p10=round(tenth, 1), p99=round(late, 1)))
        for bound in run.bound:
            for turn in range(RUNS):
                began = time.perf_counter()
                bound.compute()
                taken[turn] = time.perf_counter() - began
            median, tenth, late = 1e6 * np.quantile(taken, [0.5, 0.1, 0.99])
            alone = f"{name}, in ONNX Runtime alone"
            found.append(row(alone, round(median, 1), "us, p50", mark, p10=round(tenth, 1), p99=round(late, 1)))
    return found


def parity() -> list[dict[str, Any]]:
    """Largest difference of a probability between the two ends, over whole learners."""
    torch.set_num_threads(1)
    model = bundle.shipped()
    tracer = Tracer(RECIPE.train.hidden, RECIPE.train.width)
    weights = bundle.weights(bundle.SHIPPED)
    assert weights is not None
    tracer.load_state_dict(safetensors.torch.load(weights))
    largest, learners, responses = 0.0, 0, 0
    for data in _courses():
        course = Course(data)
        half = len(course) // 2
        asked = np.arange(half, min(len(course), half + LEARNERS - learners))
        counts = course.counts(np.arange(half))
        ours = 1.0 / (1.0 + np.exp(-logits(tracer.eval(), course, asked, counts)))
        some = _only(data, asked)
        theirs = replay(model, flatten(some), flatten(_only(data, np.arange(half))))
        largest = max(largest, float(np.abs(ours - theirs).max()))
        learners, responses = learners + len(asked), responses + len(ours)
        if learners >= LEARNERS:
            break
    kind = "real" if "METAEDU_BENCH_DATA" in os.environ else "simulated"
    name = f"PyTorch against ONNX Runtime, {learners} {kind} learners, {responses} responses: largest difference"
    return [row(name, largest, "probability", 1e-5)]


def _courses() -> list[CourseData]:
    if "METAEDU_BENCH_DATA" not in os.environ:
        return list(simulate_courses(16, UNSEEN_SEED))
    from bench.day_one import courses  # noqa: PLC0415 - only where there are files

    return [courses.to_course(courses.load(name)) for name in REAL]


def _only(data: CourseData, learners: np.ndarray[Any, Any]) -> CourseData:
    chosen = [data.sequences[int(n)] for n in learners]
    return CourseData(data.key, data.items, data.skills, data.item_skills, chosen, data.origin, data.facts)


def training() -> list[dict[str, Any]]:
    """Seconds that the shipped model's training took, by its manifest; memory by one epoch of it in a new process."""
    seconds = float(bundle.shipped().manifest.metrics["seconds"]["train"])
    peak = int(subprocess.run([sys.executable, "-c", EPOCH], capture_output=True, text=True, check=True).stdout)
    name = f"training, {RECIPE.train.epochs} epochs of {RECIPE.train.batches} episodes"
    return [
        row(f"{name}, one core", round(seconds / 60, 1), "minutes", 60.0),
        row("training, peak memory of an epoch", round(peak / 1e6, 2), "GB", 4.0),
    ]


def main() -> None:
    rows = [*sizes(), *times(), *parity(), *training()]
    for each in rows:
        print(f"{each['figure']}: {each['value']} {each['unit']} (mark {each['mark']}, met: {each['met']})")
    RESULTS.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
