"""Real courses all the way: import, train, evaluate, export, promote, serve over HTTP, answer held-out learners.

    python -m bench.real_data [FILE.parquet ...] [--folder /path/kept/afterwards] [--skip-new-course]

Every step is the public command, in a process of its own, on a fresh data folder. Without files it takes two subjects
from the folder METAEDU_BENCH_DATA. Nothing of the data is kept; figures go to bench/results/real_data.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
RESULTS = Path(__file__).parent / "results" / "real_data.json"
DEFAULT = ("assist2009_gervet.parquet", "statics2011_dkvmn.parquet")
SEEN = ("0", "5", "20", "all")
COMMAND = "python -m bench.real_data"
MEASURED_ON = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, SQLite, no GPU"

Figures = list[dict[str, Any]]


def figure(name: str, value: float | None, unit: str, **beside: Any) -> dict[str, Any]:
    """One row of the results; `mark` is what was aimed at, `met` whether it was reached."""
    row = {"figure": name, "value": value, "unit": unit, "mark": None, "met": None, "compared_to": None}
    return {**row, **beside, "command": COMMAND, "measured_on": MEASURED_ON}


def manage(folder: Path, *arguments: str) -> tuple[float, float]:
    """Run a management command in a process of its own; seconds and peak MB."""
    environment = {**os.environ, "METAEDU_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "deploy.demo.worker"}
    print(f"\n$ manage.py {' '.join(arguments)}", flush=True)
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"manage.py {' '.join(arguments)} failed")
    peak = usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    return time.perf_counter() - started, peak


def step(folder: Path, name: str, *arguments: str) -> Figures:
    """A management command as two figures."""
    seconds, peak = manage(folder, *arguments)
    return [
        figure(f"{name}: seconds", round(seconds, 1), "s"),
        figure(f"{name}: peak memory", round(peak), "MB"),
    ]


def aucs(title: str, table: list[dict[str, Any]]) -> Figures:
    """AUC of the version, beside every other method, at each number of responses seen."""
    found = []
    for seen in SEEN:
        rows = {row["method"]: row for row in table if row["answers"] == seen}
        ours = rows.pop("ours", None)
        if ours is None or ours["auc"] is None:
            continue
        others = {name: row["auc"] for name, row in rows.items() if row["auc"] is not None}
        best = max(others, key=lambda name: others[name])
        found.append(
            figure(
                f"{title}: AUC, {'all responses' if seen == 'all' else f'after {seen} responses'}",
                ours["auc"],
                "AUC",
                interval=[ours["auc_low"], ours["auc_high"]],
                log_loss=ours["log_loss"],
                ece=ours["ece"],
                learners=ours["learners"],
                responses=ours["responses"],
                mark=f"> {others[best]} ({best})",
                met=ours["auc"] > others[best],
                compared_to=others,
            )
        )
    return found


def main() -> None:
    """Run all steps, print and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--folder", type=Path, help="data folder to use and keep; a temporary one without")
    parser.add_argument("--learners", type=int, default=40, help="held-out learners of each course over HTTP")
    parser.add_argument("--skip-new-course", action="store_true", help="leave out the training without the first file")
    given = parser.parse_args()
    files = given.files or [Path(os.environ.get("METAEDU_BENCH_DATA", ".")) / name for name in DEFAULT]
    missing = [str(file) for file in files if not file.is_file()]
    if missing:
        sys.exit(f"{', '.join(missing)}: no such file. Name Parquet files, or set METAEDU_BENCH_DATA to their folder.")
    with tempfile.TemporaryDirectory(prefix="metaedu-bench-") as temporary:
        figures = measure([file.resolve() for file in files], given.folder or Path(temporary), given)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=1) + "\n")
    for row in figures:
        print(f"{row['figure']:<70} {row['value']!s:>10} {row['unit']:<5} {row['mark'] or ''}")
    print(f"\nwritten to {RESULTS.relative_to(ROOT)}")


def measure(files: list[Path], folder: Path, given: argparse.Namespace) -> Figures:
    """All steps on a folder."""
    courses = [file.stem for file in files]
    figures: Figures = []
    manage(folder, "migrate", "--verbosity", "0")
    for file, course in zip(files, courses, strict=True):
        figures += step(folder, f"{course}: import", "metaedu_import", str(file), "--course", course)
    begun = time.perf_counter()
    figures += step(folder, "training run", "metaedu_train")
    os.environ.update(METAEDU_DATA_DIR=str(folder), DJANGO_SETTINGS_MODULE="deploy.demo.worker")
    import django  # noqa: PLC0415 - the folder of the settings must be known first

    django.setup()
    from bench.real_http import over_http  # noqa: PLC0415
    from metaedu_plugin.registry import api as registry  # noqa: PLC0415

    version = registry.versions()[0]
    figures += stages(version.metrics)
    figures += aucs(f"held-out learners of {' and '.join(courses)}", version.metrics["table"])
    for course in courses:
        figures += evaluated(folder, version.name, course, f"held-out learners of {course}")
    if version.role != "champion":
        reason = "bench: to be served, whatever the gate said"
        manage(folder, "metaedu_promote", version.name, "--override", "--reason", reason, "--by", "bench")
    champion = registry.champion()
    assert champion is not None
    for course in courses:
        figures += over_http(folder, Path(champion.path), course, learners=given.learners)
    figures.append(figure("from import to served answers", round(time.perf_counter() - begun), "s"))
    if len(courses) > 1 and not given.skip_new_course:
        others = [option for course in courses[1:] for option in ("--course", course)]
        figures += step(
            folder,
            "training without the first course",
            "metaedu_train",
            *others,
            "--unseen",
            courses[0],
            "--attempts",
            "1",
        )
        told = registry.versions()[0].metrics["unseen_courses"]
        for others_answered in ("none", "half"):
            rows = [r for r in told if (r["origin"], r["others"]) == ("captured", others_answered)]
            figures += aucs(f"{courses[0]} as a new course, {others_answered} of its learners known", rows)
    return figures


def stages(metrics: dict[str, Any]) -> Figures:
    """What the run says of its own stages."""
    names = [name for name in metrics["peak_mb"] if name in metrics["seconds"]]
    return [
        *(figure(f"training run, {name}: seconds", metrics["seconds"][name], "s") for name in names),
        *(figure(f"training run, {name}: peak memory", metrics["peak_mb"][name], "MB") for name in names),
    ]


def evaluated(folder: Path, version: str, course: str, title: str) -> Figures:
    """One course by the public evaluation command."""
    file = folder / "evaluation.json"
    cost = step(folder, f"{course}: evaluation", "metaedu_evaluate", version, "--course", course, "--json", str(file))
    return aucs(title, json.loads(file.read_text())["table"]) + cost


if __name__ == "__main__":
    main()
