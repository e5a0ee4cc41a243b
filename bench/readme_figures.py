"""`make readme-figures`: the README's table, made of the files in bench/results."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results"
START, END = "<!-- figures:", "<!-- end of figures -->"
QUOTED = {
    "day_one_published.json": ("AUC,",),
    "day_one_marks.json": tuple(
        f"day one, ours (simulated), mark {mark}"
        for mark in (
            "1: cells that hold",
            "1: learners the best peer needs",
            "2: cells that hold",
            "4, responses 1-5: cells that hold",
            "4, responses 6-10: cells that hold",
            "4, responses 51+: cells that hold",
            "5, no learners: cells that hold",
            "5, 30 learners or more: cells that hold",
        )
    ),
    "default_model.json": ("",),
    "real_data.json": (
        "held-out learners of assist2009_gervet: AUC",
        "held-out learners of statics2011_dkvmn: AUC",
        "none of its learners known: AUC, after 5",
        "none of its learners known: AUC, all",
        "half of its learners known: AUC, after 5",
        "half of its learners known: AUC, all",
        "HTTP feedback",
        "HTTP, largest difference",
        "training run: seconds",
        "training run: peak memory",
    ),
    "serving_engine.json": (
        "observe and next of 50, memory store, p50",
        "observe and next of 50, sqlite store, p50",
        "plan of 2000, memory store, p50",
        "answer after 10,000 answers against",
        "DKT over 10,000 answers against",
        "state of a learner",
        "Redis, a million",
    ),
    "serving.json": (
        "answers a second",
        "answer, ours: p99",
        "ours: start",
        "ours: resident",
        "ours as often as",
        "answered, share of the full rate",
    ),
    "capture.json": (
        "added per emit in the request, median",
        "queued to Celery on Redis: added per emit, median",
        "times as fast as the queue",
        "events lost",
        "events stored twice",
        "peak memory of the process that drains",
    ),
    "pages.json": tuple(
        f"{page}: {when}, p95"
        for page in ("instructor's page", "class list", "operator's page", "learner's page")
        for when in ("then", "while answers come", "while read anew")
    ),
    "import_log.json": ("lines a second, first import", "peak memory"),
    "meta_speed.json": ("vmap against", "ONNX Runtime against"),
}
"""File -> which of its figures, by a part of their name."""


def main() -> int:
    """Rewrite the table between the two marks of the README."""
    lines = ["| figure | ours | best other in the same run | file |", "|---|--:|--:|---|"]
    for name, wanted in QUOTED.items():
        path = RESULTS / name
        if not path.exists():
            print(f"{path.relative_to(ROOT)} is missing: run `make bench` first.")
            return 1
        rows = [row for row in json.loads(path.read_text()) if any(part in row["figure"] for part in wanted)]
        lines += [line(row, name) for row in rows]
    readme = ROOT / "README.md"
    text = readme.read_text()
    start = text.index("\n", text.index(START)) + 1
    readme.write_text(text[:start] + "\n" + "\n".join(lines) + "\n\n" + text[text.index(END) :])
    return 0


def line(row: dict[str, Any], name: str) -> str:
    """One figure as a row of the table."""
    value, unit = row["value"], row["unit"].replace("AUC", "")
    shown = f"{value:.3f}" if row["unit"] == "AUC" else f"{value:,g} {unit}".strip()
    if row.get("interval"):
        low, high = row["interval"]
        shown += f" ({low:.3f} to {high:.3f})"
    others = row.get("compared_to")
    rival = ""
    if isinstance(others, dict):
        best = max(others, key=lambda method: others[method])
        rival = f"{others[best]:.3f} {best}"
    elif others:
        rival = str(others)
    if row.get("met") is False and not isinstance(others, dict):
        shown += f", mark {row['mark']} missed"
    return f"| {row['figure']} | {shown} | {rival} | `{name}` |"


if __name__ == "__main__":
    sys.exit(main())
