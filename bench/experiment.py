# ruff: noqa: PLC0415 - Django is set up, on a folder of this run's own, before anything of it is imported
"""What an experiment's analysis gets right, and how long it takes, on simulated courses of which the truth is known.

    python -m bench.experiment [--courses 100] [--learners 10000] [--processes 2]

In each course half of the learners get items that suit them, half the course's order, and somebody looks every second
day. Counted: how often an interval misses the truth at the last look, and at any of the looks; how often a difference
is said; beside it what a regression of right and wrong with item effects would have said (statsmodels, clustered by
learner). And one course of a million answers is written to a database of this run's own, and looked at.

Writes bench/results/experiment.json.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results" / "experiment.json"
SMALLEST = 0.05
WATCHED = 0.05
"""Share of courses in which an interval of 95 % that may be watched may miss the truth at any look."""
DAYS = 20
CASES: dict[str, dict[str, Any]] = {
    "no difference, 300 learners": {"effect": 0.0},
    "8 points, 300 learners": {"effect": 0.08},
    "8 points, 600 learners": {"effect": 0.08, "learners": 600},
    "no difference, 300 learners, three skills, the weakest suggested": {"effect": 0.0, "skills": 3, "items": 60},
}


def with_item_effects(firsts: Any) -> tuple[float, float, float]:
    """Difference and 95 % interval by ordinary least squares, item effects absorbed, the share right before beside."""
    import numpy as np
    import statsmodels.api as sm

    rows, learners = firsts.after, len(firsts.learners)
    old, right = firsts.before.counts(learners)
    columns = np.column_stack([~firsts.in_order, np.where(old, right / np.maximum(old, 1), 0.0), old > 0])
    x, y = columns[rows.learner].astype(float), rows.correct.astype(float)
    met = np.maximum(np.bincount(rows.item), 1)
    x = x - np.column_stack([(np.bincount(rows.item, column) / met)[rows.item] for column in x.T])
    y = y - (np.bincount(rows.item, y) / met)[rows.item]
    told = sm.OLS(y, x).fit(cov_type="cluster", cov_kwds={"groups": rows.learner}, use_t=True)
    low, high = told.conf_int()[0]
    return float(told.params[0]), float(low), float(high)


def course(seed: int, given: dict[str, Any]) -> dict[str, Any]:
    """One course, looked at every second day."""
    from bench.experiment_courses import play
    from metaedu_plugin.experiment.difference import compare

    truth = given["effect"]
    played = play(seed=seed, days=DAYS, **given)
    looks = [compare(played.until(day), share=0.5, smallest=SMALLEST) for day in range(1, DAYS, 2)]
    said = [one for one in looks if one.value is not None]
    pages = [one.low <= truth <= one.high for one in said]  # type: ignore[operator]
    usual = [one.usual_low <= truth <= one.usual_high for one in said]  # type: ignore[operator]
    value, low, high = with_item_effects(played.until(DAYS))
    return {
        "value": said[-1].value,
        "usual interval misses at the end": not usual[-1],
        "usual interval misses at any look": not all(usual),
        "interval of the page misses at any look": not all(pages),
        "a difference is said": any(one.verdict in {"better", "worse"} for one in said),
        "item effects: value": value,
        "item effects: usual interval misses at the end": not low <= truth <= high,
    }


def case(courses: int, processes: int, **given: Any) -> dict[str, Any]:
    """One kind of course, so many times: shares of courses, and by how much the differences are off."""
    import numpy as np

    with get_context("fork").Pool(processes) as pool:
        found = pool.starmap(course, [(seed, given) for seed in range(courses)])
    values = {name: np.array([float(one[name]) for one in found]) for name in found[0]}
    told: dict[str, Any] = {"courses": courses, "truth": given["effect"], "sd": float(values["value"].std())}
    for name, column in values.items():
        if name.endswith("value"):
            told[name.replace("value", "bias")] = float(column.mean() - given["effect"])
        else:
            told[name] = float(column.mean())
    return told


def large(learners: int) -> dict[str, Any]:
    """A course of about a hundred answers a learner, through the tables."""
    from datetime import timedelta

    from django.core.management import call_command
    from django.utils import timezone

    from bench.experiment_courses import play
    from metaedu_plugin.capture.models import Learner, Response
    from metaedu_plugin.experiment import api as experiment
    from metaedu_plugin.experiment.models import Experiment

    call_command("migrate", verbosity=0)
    course = "course-v1:Bench+EXP+2026"
    played = play(seed=1, learners=learners, items=400, before=60, most=140, effect=0.02)
    people = [Learner(pseudonym=f"{n:032x}") for n in range(learners)]
    Learner.objects.bulk_create(people, batch_size=1000)
    ids = dict(Learner.objects.values_list("pseudonym", "id"))
    begun = timezone.now() - timedelta(days=DAYS + 1)
    for start in range(0, len(played.item), 50_000):
        some = range(start, min(start + 50_000, len(played.item)))
        Response.objects.bulk_create(
            [
                Response(
                    key=f"{n:032x}",
                    learner_id=ids[f"{played.learner[n]:032x}"],
                    course=course,
                    problem=f"item{played.item[n]}",
                    item=f"item{played.item[n]}",
                    correct=bool(played.correct[n]),
                    score=float(played.correct[n]),
                    time=begun + timedelta(days=float(played.day[n]) + 0.5),
                )
                for n in some
            ],
            batch_size=1000,
        )
    one = experiment.begin(course=course, share=0.5, smallest=SMALLEST, by="bench")
    Experiment.objects.filter(pk=one.id).update(begun=begun)
    clock = time.perf_counter()
    experiment.look(id=one.id)
    seconds = time.perf_counter() - clock
    return {"learners": learners, "answers": len(played.item), "seconds": seconds}


def figures(about: str, told: dict[str, Any]) -> list[dict[str, Any]]:
    """What was found, in the form of bench/results; names as `case` and `large` have them."""
    courses = told.pop("courses", None)
    beside = {
        "command": "python -m bench.experiment" + (f" --courses {courses}" if courses else ""),
        "measured_on": f"{courses} simulated courses, ten looks each" if courses else f"{os.cpu_count()} cores, SQLite",
    }
    rows = []
    for name, value in told.items():
        mark = WATCHED if name == "interval of the page misses at any look" else None
        rows.append(
            {
                "figure": f"{about}: {name}",
                "value": value,
                "unit": "s" if name == "seconds" else name if name in {"learners", "answers"} else "",
                "mark": mark,
                "met": None if mark is None else value <= mark,
                "compared_to": None,
                **beside,
            }
        )
    return rows


def main() -> None:
    """Run, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--courses", type=int, default=100)
    parser.add_argument("--learners", type=int, default=10_000, help="of the large course; 0 keeps its last figures")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--cases", nargs="*", choices=CASES, default=list(CASES), help="those left out keep theirs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["METAEDU_DATA_DIR"] = folder
        os.environ["DJANGO_SETTINGS_MODULE"] = "deploy.demo.settings"
        import django

        django.setup()
        found = {}
        if options.learners:
            found["large course"] = large(options.learners)
        for name in options.cases:
            found[name] = case(options.courses, options.processes, **CASES[name])
    made = {name: figures(name, told) for name, told in found.items()}
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    rows = [row for row in kept if row["figure"].rpartition(": ")[0] not in made]
    rows += [row for some in made.values() for row in some]
    for row in rows:
        print(f"{row['figure']}: {row['value']}")
    RESULTS.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
