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
    "real_data.json": (
        "AUC, all responses",
        "AUC, after 0 responses",
        "AUC, after 5 responses",
        "AUC, after 20",
        "HTTP",
    ),
    "serving_engine.json": ("p50",),
    "import_log.json": ("lines a second, first import", "peak memory"),
    "meta_speed.json": ("vmap against loop", "ONNX Runtime against"),
}
"""File -> which of its figures, by a part of their name."""


def main() -> int:
    """Rewrite the table between the two marks of the README."""
    lines = ["| figure | value | compared to | file |", "|---|--:|---|---|"]
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
    value = "not measured" if row["value"] is None else f"{row['value']:,} {row['unit']}".replace(" AUC", "")
    if row.get("interval"):
        low, high = row["interval"]
        value += f" ({low} to {high})"
    if row.get("met") is False:
        value += f", missed the mark {row['mark']}"
    return f"| {row['figure']} | {value} | {row.get('compared_to') or ''} | `{name}` |"


if __name__ == "__main__":
    sys.exit(main())
