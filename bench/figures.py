"""`make figures`: the README's tables and docs/figures.md, made of the files in bench/results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from bench.day_one.page import means
from bench.day_one.table import Key, Table, label

ROOT: Final = Path(__file__).resolve().parents[1]
RESULTS: Final = ROOT / "bench" / "results"
START, END = "<!-- figures:", "<!-- end of figures -->"

NEW_COURSE: Final[tuple[Key, ...]] = (
    ("ours", "simulated"),
    *((method, "support") for method in ("lkt", "elo", "irt", "best-lr", "pfa", "dkt")),
)
"""Methods of the README's first table, by the best first."""

HEADLINES: Final = {
    "day_one_published.json": {
        "AUC, assist2009_gervet, published split": "AUC on ASSISTments 2009 (split of Gervet et al. 2020)",
        "AUC, statics2011_dkvmn, published split": "AUC on Statics 2011 (split of DKVMN)",
        "AUC, assist2015_pykt, published split": "AUC on ASSISTments 2015 (split of pyKT)",
        "AUC, physics_course4, published split": "AUC on Physics course 4 (published split)",
    },
    "default_model.json": {
        "one observe-and-predict": "an answer taken in and the next predicted, by the shipped graph",
        "PyTorch against ONNX Runtime, 1000 real learners, 67826 responses: largest difference": (
            "largest difference between PyTorch and ONNX Runtime, 1,000 real learners"
        ),
        "training, 32 epochs of 100 episodes, one core": "training of the shipped model, one core",
    },
    "serving.json": {
        "answer, ours: answers a second": "answers observed with feedback over HTTP, one worker",
        "answer, ours: p99": "the same, p99 at 16 connections",
        "answer: ours as often as fastapi": "the same engine, as often as inside FastAPI",
        "answer: ours as often as litserve": "… inside LitServe",
        "answer: ours as often as bentoml": "… inside BentoML",
        "answer: ours as often as mlserver": "… inside MLServer",
        "ours: start to ready": "service: start to ready",
        "ours: resident memory when ready": "service: memory",
    },
    "serving_engine.json": {
        "answer after 10,000 answers against after 10": "cost of an answer after 10,000 answers against after 10",
        "DKT over 10,000 answers against over 10": "the same of deep knowledge tracing in PyTorch",
        "plan of 2000, memory store, p50": "a plan out of 2,000 items",
        "state of a learner with 50 skills and 50 items": "all that is kept of a learner (50 skills, 50 items)",
    },
    "capture.json": {
        "added per emit in the request, median": "time that capture adds to an event of the platform",
        "event-routing-backends: queued to Celery on Redis: added per emit, median": (
            "… and event-routing-backends, the same events"
        ),
        "events lost": "of 200,000 events, the database cut twice: lost",
        "events stored twice": "… stored twice",
    },
    "experiment.json": {
        "no difference, 300 learners: interval of the page misses at any look": (
            "experiment without a difference: the interval, looked at ten times, misses in (share of courses)"
        ),
        "no difference, 300 learners: usual interval misses at any look": "… the usual interval",
    },
    "meta_speed.json": {
        "MAML outer step, 32 tasks x 5 inner steps (sinusoids of Finn et al. 2017: 10 rows, 1-40-40-1): "
        "vmap against higher": "MAML's outer step, against `higher`",
    },
}
"""What the README tells, and in which words."""

SUBJECTS: Final = {
    "day_one_published.json": "Against published figures",
    "default_model.json": "The shipped model",
    "real_data.json": "The whole product on real data",
    "meta_learning.json": "The meta-learners on known tasks",
    "meta_speed.json": "Speed of the meta-learners",
    "simulated_courses.json": "Simulated courses beside real ones",
    "serving.json": "The service",
    "serving_engine.json": "The engine",
    "capture.json": "Capture",
    "import_log.json": "Import of a tracking log",
    "feedback.json": "A learner's wait for feedback",
    "pages.json": "Pages of a huge course",
    "experiment.json": "Experiments",
}
"""First sections of docs/figures.md; what else lies in bench/results follows."""

ELSEWHERE: Final = {"day_one.json", "day_one_marks.json"}
"""Files whose figures are told elsewhere: docs/day_one.md, and decision 20."""

Row = dict[str, Any]


def main() -> None:
    """Write both."""
    readme = ROOT / "README.md"
    text = readme.read_text()
    start = text.index("\n", text.index(START)) + 1
    readme.write_text("\n".join([text[:start], new_course(), headlines(), text[text.index(END) :]]))
    (ROOT / "docs" / "figures.md").write_text(everything())


def rows(name: str) -> list[Row]:
    """The figures of a file."""
    found: list[Row] = json.loads((RESULTS / name).read_text())
    return found


def new_course() -> str:
    """Mean AUC by method and number of learners seen; the best of a column is bold."""
    numbers, found = means(Table(rows("day_one.json")))
    found = {key: found[key] for key in NEW_COURSE}
    best = [max(value for value in column if value is not None) for column in zip(*found.values(), strict=True)]
    lines = [f"| learners seen | {' | '.join(map(str, numbers))} |", f"|---|{'--:|' * len(numbers)}"]
    for key, values in found.items():
        told = (
            "-" if v is None else f"**{v:.3f}**" if v == top else f"{v:.3f}"
            for v, top in zip(values, best, strict=True)
        )
        lines.append(f"| {'metaedu' if key[0] == 'ours' else label(key)} | {' | '.join(told)} |")
    return "\n".join([*lines, ""])


def headlines() -> str:
    """What the README tells. Raises KeyError for a figure that its file has not."""
    lines = ["| | measured | aimed at | file |", "|---|--:|--:|---|"]
    for name, wanted in HEADLINES.items():
        by_figure = {row["figure"]: row for row in rows(name)}
        lines += [
            f"| {said} | {shown(by_figure[figure])} | {aim(by_figure[figure])} | `{name}` |"
            for figure, said in wanted.items()
        ]
    return "\n".join([*lines, ""])


def everything() -> str:
    """docs/figures.md."""
    parts = [
        "# Every figure\n\n<!-- Made by `make figures`; do not edit. -->\n\n"
        "By subject, as measured, with the command that makes it. "
        "What each method knows of a new course has [a page of its own](day_one.md)."
    ]
    others = sorted(path.name for path in RESULTS.glob("*.json") if path.name not in {*SUBJECTS, *ELSEWHERE})
    for name in [*SUBJECTS, *others]:
        found = rows(name)
        commands = dict.fromkeys(row["command"] for row in found)
        machines = dict.fromkeys(row["measured_on"] for row in found)
        parts.append(
            f"## {SUBJECTS.get(name, name.removesuffix('.json').replace('_', ' ').capitalize())}\n\n"
            f"`bench/results/{name}`, made by {', '.join(f'`{command}`' for command in commands)}.\n"
            f"Measured on {'; '.join(map(str, machines))}.\n\n"
            "| figure | measured | aimed at | beside it in the same run, or published |\n|---|--:|--:|---|\n"
            + "\n".join(f"| {row['figure']} | {shown(row)} | {aim(row)} | {beside(row)} |" for row in found)
        )
    return "\n\n".join(parts) + "\n"


def shown(row: Row) -> str:
    """A value with its unit and interval."""
    value, unit = row["value"], row["unit"]
    if value is None:
        return "-"
    if unit in {"AUC", "probability"}:
        told = f"{value:.3f}" if abs(value) >= 0.001 or not value else f"{value:.1g}"
    else:
        unit = unit.replace("us, p50", "µs")
        told = f"{value:,.4g} {unit}".strip() if abs(value) < 10_000 else f"{value:,.0f} {unit}".strip()
    if row.get("interval"):
        low, high = row["interval"]
        told += f" ({low:.3f} to {high:.3f})"
    return told


def aim(row: Row) -> str:
    """The mark, and whether it was reached."""
    if row["mark"] is None:
        return ""
    reached = {True: "reached", False: "**missed**", None: ""}[row["met"]]
    return f"{number(row['mark'])} {reached}".strip()


def beside(row: Row) -> str:
    """What else was measured in the same run, or published."""
    others = row["compared_to"]
    if isinstance(others, dict):
        return ", ".join(f"{method} {number(value)}" for method, value in others.items())
    return str(others or "")


def number(value: object) -> str:
    """As a person reads it."""
    return f"{value:,.4g}" if isinstance(value, int | float) else str(value)


if __name__ == "__main__":
    main()
