"""The default on four splits that others have published figures on: all training learners, the test learners asked.

    python -m bench.day_one.published [--courses statics2011_dkvmn,...]

The network is the one trained on simulated courses; it is trained further on the split's training learners
(`training.specialise`), a part of whom is set aside to stop by. Writes bench/results/day_one_published.json.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from pathlib import Path

import numpy as np

from bench.day_one import courses, networks
from bench.day_one.figures import auc_interval
from bench.day_one.log import Log
from bench.day_one.ours import Adapted, rows_of
from metaedu_plugin.training.course import Course
from metaedu_plugin.training.evaluation.metrics import auc, log_loss
from metaedu_plugin.training.specialise import specialise

RESULTS = Path(__file__).resolve().parents[1] / "results" / "day_one_published.json"
PUBLISHED = {
    "assist2009_gervet": (0.77, "Best-LR, Gervet et al. 2020"),
    "statics2011_dkvmn": (0.831, "NPA, as run again by seewoo5/KT"),
    "assist2015_pykt": (0.7304, "DKT, leap-kt"),
    "physics_course4": (0.7317, "DKT on whole sequences, Bryanttt-tang/Deep-Knowledge-Tracing"),
}
"""The highest figure known on each split."""


def measure(name: str) -> dict[str, object]:
    """AUC on the test learners of a split."""
    train, test = courses.load_split(name)
    course = Course(courses.to_course(courses.load(name)))
    tracer, _ = networks.network("simulated", name)
    learners = rows_of(course, train)
    began = time.perf_counter()
    further, vectors = specialise(tracer, [(course, learners)])
    seconds = time.perf_counter() - began
    told = Adapted(further, vectors[0], course, learners).predict(test)
    before = Adapted(tracer, None, course, learners).predict(test)
    low, high = auc_interval(test.correct, told, test.learner)
    mark, by = PUBLISHED[name]
    value = auc(test.correct, told)
    return {
        "figure": f"AUC, {name}, published split",
        "value": round(value, 4),
        "unit": "AUC",
        "mark": f"> {mark}",
        "met": bool(value > mark),
        "compared_to": f"{mark} ({by})",
        "command": f"python -m bench.day_one.published --courses {name}",
        "measured_on": f"{_said(test)}; {platform.machine()}, one core",
        "interval": [round(low, 4), round(high, 4)],
        "log_loss": round(log_loss(test.correct, told), 4),
        "forward_only": round(auc(test.correct, before), 4),
        "adapt_s": round(seconds, 1),
        "trained_on": f"simulated courses; then {len(learners)} training learners of the split",
    }


def _said(test: Log) -> str:
    return f"{len(np.unique(test.learner))} test learners, {len(test)} responses"


def main() -> None:
    """Command line."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--courses", default=",".join(PUBLISHED))
    networks.threads()
    kept = {row["figure"]: row for row in json.loads(RESULTS.read_text())} if RESULTS.exists() else {}
    for name in options.parse_args().courses.split(","):
        row = measure(name)
        print(row["figure"], row["value"], row["interval"], "mark", row["mark"], f"{row['adapt_s']} s", flush=True)
        kept[str(row["figure"])] = row
        RESULTS.write_text(json.dumps(list(kept.values()), indent=1) + "\n")


if __name__ == "__main__":
    main()
