"""Predictions of each method on each course after each number of learners; what is there is not made again.

    python -m bench.day_one.run [--courses cs_exam,...] [--methods lkt,...] [--support 0,1,all]

METAEDU_BENCH_DATA names the folder with the data. Then `python -m bench.day_one.report` makes tables and pictures.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback

import numpy as np

from bench.day_one import courses, memory, split, store
from bench.day_one.log import Log
from bench.day_one.method import Method, Unsuitable
from bench.day_one.methods import METHODS

SEED = 0


def run(method: Method, log: Log, query: Log, number: split.Support) -> store.Cell:
    """Fit and predict. Raises ValueError for predictions that are no probabilities, and what the method raises."""
    learnt = split.support(log, number)
    memory.forget_peak()
    began = time.perf_counter()
    fitted = method.fit(learnt, seed=SEED)
    fit_s = time.perf_counter() - began
    began = time.perf_counter()
    probability = np.asarray(fitted.predict(query), np.float64)
    predict_us = 1e6 * (time.perf_counter() - began) / max(1, len(query))
    if probability.shape != (len(query),) or not ((probability >= 0) & (probability <= 1)).all():
        raise ValueError(f"{method.name}: not a probability for each of {len(query)} rows")
    peak_mb = memory.peak_mb()
    if report := getattr(fitted, "report", None):  # a process of its own did the work
        fit_s, predict_us = report["fit_s"], 1e6 * report["predict_s"] / max(1, len(query))
        peak_mb = report["peak_mb"]
    elsewhere = method.trained_on != "support"
    return store.Cell(
        course=log.name,
        method=method.name,
        trained_on=method.trained_on,
        support=number,
        probability=probability,
        fit_s=float(getattr(method, "fit_s", np.nan)) if elsewhere else fit_s,
        adapt_s=fit_s if elsewhere else 0.0,
        predict_us=predict_us,
        peak_mb=peak_mb,
    )


def run_course(name: str, methods: list[str], numbers: list[split.Support]) -> int:
    """All that is missing of a course; the number of failures."""
    log, failures = courses.load(name), 0
    query = split.query(log)
    for number in [n for n in split.numbers(log) if n in numbers]:
        for key in methods:
            method = METHODS[key]()
            if number == 0 and getattr(method, "needs_support", True):
                continue
            if store.place(name, method.name, method.trained_on, number).exists():
                continue
            try:
                cell = run(method, log, query, number)
            except Unsuitable as why:
                print(f"{name} {key} {number}: left out, {why}", flush=True)
                continue
            except Exception:
                failures += 1
                print(f"{name} {key} {number}: failed\n{traceback.format_exc()}", file=sys.stderr, flush=True)
                continue
            store.save(cell)
            took = cell.adapt_s or cell.fit_s
            print(f"{name} {key} {number}: {took:.1f} s, {cell.predict_us:.0f} us/row", flush=True)
    return failures


def main() -> None:
    """Command line."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--courses", default=",".join(courses.NAMES))
    options.add_argument("--methods", default=",".join(METHODS))
    options.add_argument("--support", default=",".join(map(str, split.SUPPORT)))
    chosen = options.parse_args()
    names, methods = chosen.courses.split(","), chosen.methods.split(",")
    unknown = [n for n in names if n not in courses.NAMES] + [m for m in methods if m not in METHODS]
    if unknown:
        options.error(f"unknown: {', '.join(unknown)}; methods are {', '.join(METHODS)}")
    numbers = [split.parse(n) for n in chosen.support.split(",")]
    failures = sum(run_course(name, methods, numbers) for name in names)
    if failures:
        sys.exit(f"{failures} failed")


if __name__ == "__main__":
    main()
