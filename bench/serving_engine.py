"""How long the engine takes: `python bench/serving_engine.py [--bundle DIR]` writes results/serving_engine.json."""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

import numpy as np

from serving import bundle
from serving.engine import Engine
from serving.model import Model
from serving.prior import PriorModel
from serving.stores import open_store
from serving.types import Candidate, CourseMap, Response

NOW = 1_700_000_000.0
RESULTS = Path(__file__).parent / "results" / "serving_engine.json"
MARKS = {"observe": 10.0, "predict 1": 5.0, "next of 50": 10.0, "plan of 2000": 100.0}
"""Milliseconds at the 99th percentile that the engine is to stay under."""


class Who(TypedDict):
    """Whom the engine is asked about."""

    course: str
    learner: str


def key(number: int) -> str:
    return f"block-v1:org+course+run+type@problem+block@{number:032x}#2_1"


def course(items: int) -> CourseMap:
    return CourseMap(
        candidates=tuple(Candidate(item=key(n), skills=(f"skill-{n // 10}",)) for n in range(items)),
        prerequisites={f"skill-{n}": (f"skill-{n - 1}",) for n in range(1, items // 10)},
    )


def response(number: int, learner: str = "learner") -> Response:
    item = number % 50
    return Response(
        id=f"{learner}-{number}",
        course="course",
        learner=learner,
        item=key(item),
        skills=(f"skill-{item // 10}",),
        correct=number % 3 > 0,
        score=float(number % 3 > 0),
        seconds=20,
        time=NOW + 60 * number,
    )


def milliseconds(work: Callable[[int], object], times: int) -> np.ndarray:
    taken = np.empty(times)
    for number in range(times):
        began = time.perf_counter()
        work(number)
        taken[number] = (time.perf_counter() - began) * 1000
    return taken


def measure(model: Model, url: str, times: int) -> dict[str, np.ndarray]:
    engine = Engine(model, open_store(url))
    small, large = course(50), course(2000)
    who: Who = {"course": "course", "learner": "learner"}
    for other in range(20):
        engine.observe_many([response(n, f"other-{other}") for n in range(50)])
    engine.observe_many([response(n) for n in range(200)])
    now = NOW + 60 * 10_000
    one = [small.candidates[3]]
    return {
        "observe": milliseconds(lambda n: engine.observe(response(1000 + n)), times),
        "observe and next of 50": milliseconds(
            lambda n: engine.observe(response(1_000_000 + n), course_map=small), times
        ),
        "predict 1": milliseconds(lambda _: engine.predict(**who, candidates=one, now=now), times),
        "next of 50": milliseconds(lambda _: engine.next(**who, course_map=small, now=now), times),
        "plan of 2000": milliseconds(
            lambda _: engine.plan(**who, course_map=large, now=now, days=60), max(20, times // 20)
        ),
        "plan of 2000, course map not seen before": milliseconds(
            lambda _: engine.plan(**who, course_map=course(2000), now=now, days=60), max(20, times // 20)
        ),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", help="directory of a bundle; the prior without")
    parser.add_argument("--times", type=int, default=1000)
    options = parser.parse_args()
    model: Model = bundle.load(options.bundle) if options.bundle else PriorModel()
    # Whoever else computes meanwhile is in the 99th percentile: a figure of a busy machine says so.
    busy = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before"
    machine = f"{platform.system()} {platform.machine()}, {busy}, Python {platform.python_version()}"
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        for kind, url in (("memory", "memory://"), ("sqlite", f"sqlite:///{folder}/states.sqlite3")):
            for what, taken in measure(model, url, options.times).items():
                for percentile in (50, 99):
                    value = round(float(np.percentile(taken, percentile)), 3)
                    mark = MARKS.get(what.partition(",")[0]) if percentile == 99 else None
                    figures.append(
                        {
                            "figure": f"{what}, {kind} store, p{percentile}",
                            "value": value,
                            "unit": "ms",
                            "mark": mark,
                            "met": None if mark is None else value < mark,
                            "compared_to": f"model {model.name}",
                            "command": "python bench/serving_engine.py" + (" --bundle DIR" if options.bundle else ""),
                            "measured_on": machine,
                        }
                    )
                    print(f"{figures[-1]['figure']:60} {value:9.3f} ms")
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
