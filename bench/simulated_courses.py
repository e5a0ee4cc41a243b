"""Simulated courses against real ones: are they alike, statistic by statistic and as a whole?

    METAEDU_BENCH_DATA=folder python -m bench.simulated_courses [--courses 300]

Draws simulated courses and reads real ones, describes both by `bench.course_statistics`, and writes the figure
docs/pictures/simulated_courses.png and bench/results/simulated_courses.json. Each real course is also looked for among
the simulated ones: its distance to the nearest, in units of the simulated spread, beside the same distance of a
simulated course to the nearest other one.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bench.course_statistics import statistics
from bench.real_courses import course_from
from metaedu_plugin.training.simulator import simulate_courses

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results" / "simulated_courses.json"
PICTURE = ROOT / "docs" / "pictures" / "simulated_courses.png"
REAL = (
    "assist2009_akt",
    "assist2012_part",
    "assist2015_dkvmn",
    "assist2017_timed",
    "cogtutor_edm2016",
    "statics2011_dkvmn",
    "physics_course4",
    "physics_comb_test",
    "stats_textbook",
    "systems_course",
    "cs_exam",
    "ednet_sample",
    "eedi_sample",
)
COLUMNS = ("learner", "item", "skill", "correct", "timestamp")
COMMAND = "python -m bench.simulated_courses"
MEASURED_ON = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
MARK = 0.9
SEED = 20_260
"""Of courses that nothing is trained on."""

Floats = NDArray[np.float64]


def figure(name: str, value: float | None, unit: str, **beside: Any) -> dict[str, Any]:
    """One row of the results; `mark` is what was aimed at, `met` whether it was reached."""
    row = {"figure": name, "value": value, "unit": unit, "mark": None, "met": None, "compared_to": None}
    return {**row, **beside, "command": COMMAND, "measured_on": MEASURED_ON}


def real_courses(folder: Path) -> dict[str, dict[str, float]]:
    """Statistics of the real courses that the folder has."""
    found = {}
    for name in REAL:
        if (file := folder / f"{name}.parquet").is_file():
            table = pq.read_table(file)
            columns = [column for column in COLUMNS if column in table.column_names]
            data = {column: table[column].to_numpy(zero_copy_only=False) for column in columns}
            found[name] = statistics(course_from(name, data))
            print(name, flush=True)
    return found


def simulated_courses(count: int) -> tuple[list[dict[str, float]], float]:
    """Statistics of simulated courses, and how many responses are simulated in a second of processor time."""
    found: list[dict[str, float]] = []
    responses, seconds, courses = 0, 0.0, simulate_courses(count, SEED)
    while True:
        started = time.process_time()
        course = next(courses, None)
        seconds += time.process_time() - started
        if course is None:
            return found, responses / seconds
        responses += course.responses
        found.append(statistics(course))


def as_rows(courses: list[dict[str, float]], names: list[str]) -> Floats:
    """[courses, statistics]."""
    return np.array([[course.get(name, np.nan) for name in names] for course in courses])


def distances(one: Floats, others: Floats, spread: Floats) -> Floats:
    """Root mean square difference to each other course, in spreads; known of only one of the two counts as one."""
    both = np.isfinite(one) & np.isfinite(others)
    either = np.isfinite(one) | np.isfinite(others)
    squares = np.where(both, ((others - one) / spread) ** 2, 1.0)
    return np.asarray(np.sqrt((squares * either).sum(1) / either.sum(1)))


def shares(names: list[str], real: Floats, simulated: Floats) -> list[dict[str, Any]]:
    """For each statistic, the share of real values within the simulated 5 to 95 % range."""
    found, inside, known = [], 0, 0
    for column, name in enumerate(names):
        values = real[np.isfinite(real[:, column]), column]
        low, high = np.nanpercentile(simulated[:, column], [5, 95])
        within = int(((values >= low) & (values <= high)).sum())
        inside, known = inside + within, known + len(values)
        share = round(within / len(values), 3)
        compared = {"real values": len(values), "simulated 5 %": round(low, 3), "simulated 95 %": round(high, 3)}
        found.append(figure(name, share, "share within", mark=MARK, met=share >= MARK, compared_to=compared))
    share = round(inside / known, 3)
    found.insert(0, figure("all statistics", share, "share within", mark=MARK, met=share >= MARK))
    return found


def neighbours(names: list[str], real: Floats, simulated: Floats, courses: list[str]) -> list[dict[str, Any]]:
    """Distance of each real course to the nearest simulated one, against that of simulated ones among themselves."""
    spread = np.nanstd(simulated, 0)
    own = [np.sort(distances(row, simulated, spread))[1] for row in simulated]
    usual = {f"simulated, {q} %": round(float(np.percentile(own, q)), 3) for q in (50, 90, 95)}
    mark = usual["simulated, 95 %"]
    found = []
    for course, row in zip(courses, real, strict=True):
        away = distances(row, simulated, spread)
        nearest = int(away.argmin())
        apart = np.abs(np.nan_to_num((row - simulated[nearest]) / spread))
        worst = names[int(apart.argmax())]
        found.append(
            figure(
                f"{course}: nearest simulated course",
                round(float(away[nearest]), 3),
                "spreads",
                mark=f"<= {mark}",
                met=bool(away[nearest] <= mark),
                compared_to={**usual, "fifth nearest": round(float(np.sort(away)[4]), 3), "furthest apart in": worst},
            )
        )
    return found


def draw(names: list[str], real: Floats, simulated: Floats, courses: list[str]) -> None:
    """One strip for each statistic: simulated courses as points with their 5 to 95 % range, real ones as letters."""
    import matplotlib as mpl  # noqa: PLC0415 - only the picture needs it

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    rng = np.random.default_rng(0)
    columns = 4
    figure_, axes = plt.subplots(-(-len(names) // columns), columns, figsize=(16, 1.05 * len(names) / columns * 1.25))
    for axis in axes.flat[len(names) :]:
        axis.axis("off")
    for column, (name, axis) in enumerate(zip(names, axes.flat, strict=False)):
        values = simulated[np.isfinite(simulated[:, column]), column]
        low, high = np.percentile(values, [5, 95])
        axis.axvspan(low, high, color="#dce8f2", zorder=0)
        axis.scatter(values, rng.uniform(-0.4, 0.0, len(values)), s=3, color="#7f9db5", linewidths=0)
        for place, value in enumerate(real[:, column]):
            if np.isfinite(value):
                colour = "#1b1b1b" if low <= value <= high else "#c0392b"
                height = 0.16 + 0.15 * (place % 4)
                axis.text(value, height, chr(65 + place), fontsize=8, color=colour, ha="center", va="center")
        shown = np.r_[np.percentile(values, [1, 99]), real[np.isfinite(real[:, column]), column]]
        margin = 0.05 * (shown.max() - shown.min() + 1e-9)
        axis.set_xlim(shown.min() - margin, shown.max() + margin)
        axis.set_ylim(-0.45, 0.75)
        axis.set_yticks([])
        axis.set_title(name, fontsize=9, loc="left", pad=2)
        axis.tick_params(labelsize=7)
        for side in ("left", "right", "top"):
            axis.spines[side].set_visible(False)
    legend = "   ".join(f"{chr(65 + place)} {course}" for place, course in enumerate(courses))
    half = legend.find("   ", len(legend) // 2)
    figure_.suptitle(
        f"Points: {len(simulated)} simulated courses, their 5 to 95 % range shaded. Letters: real courses, red outside."
        f"\n{legend[:half]}\n{legend[half:].strip()}",
        fontsize=10,
    )
    figure_.tight_layout(rect=(0, 0, 1, 0.985))
    PICTURE.parent.mkdir(exist_ok=True)
    figure_.savefig(PICTURE, dpi=90)


def main() -> None:
    """Measure, draw, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--courses", type=int, default=300)
    given = parser.parse_args()
    real = real_courses(Path(os.environ.get("METAEDU_BENCH_DATA", ".")))
    if not real:
        sys.exit("No real courses: set METAEDU_BENCH_DATA to the folder of their Parquet files.")
    simulated, speed = simulated_courses(given.courses)
    names = list(
        dict.fromkeys(name for course in real.values() for name, value in course.items() if np.isfinite(value))
    )
    rows, others = as_rows(list(real.values()), names), as_rows(simulated, names)
    figures = [
        *shares(names, rows, others),
        *neighbours(names, rows, others, list(real)),
        figure(
            "responses simulated in a second of one core",
            round(speed, -3),
            "1/s",
            mark=">= 300000",
            met=speed >= 300_000,
        ),
    ]
    draw(names, rows, others, list(real))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=1) + "\n")
    for row in figures:
        print(f"{row['figure']:<55} {row['value']!s:>10} {row['unit']:<13} {row['mark'] or ''} {row['met']}")
    print(f"\nwritten to {RESULTS.relative_to(ROOT)} and {PICTURE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
