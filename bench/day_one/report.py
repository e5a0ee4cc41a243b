"""What was run, as figures, marks, a page and pictures.

    python -m bench.day_one.report

Reads var/day_one; writes bench/results/day_one.json, bench/results/day_one_marks.json, docs/day_one.md and
docs/pictures/day_one_*.png. Cells of peers that were written before and are not run again stay: neither they nor the
data change with this project. Ours do, and are only what is in var/day_one, unless `--keep` names methods whose code
and network are the same still.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Container
from pathlib import Path

from bench.day_one.assemble import Row, assemble, write_lines
from bench.day_one.marks import marks
from bench.day_one.page import page
from bench.day_one.table import Table, is_peer

ROOT = Path(__file__).resolve().parents[2]


def earlier(rows: list[Row], path: Path, keep: Container[str] = ()) -> list[Row]:
    """Rows of peers, and of the methods of ours to keep, that `path` has and `rows` has not."""
    if not path.exists():
        return []

    def cell(row: Row) -> tuple[object, ...]:
        return row["course"], row["method"], row["trained_on"], row["support"]

    made = {cell(row) for row in rows}
    kept: list[Row] = json.loads(path.read_text())
    stay = [row for row in kept if is_peer((row["method"], row["trained_on"])) or row["method"] in keep]
    return [row for row in stay if cell(row) not in made]


def main() -> None:
    """Command line."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--into", type=Path, default=ROOT, help="folder that gets bench/results and docs")
    options.add_argument("--keep", default="", help="methods of ours whose rows stay, with commas")
    chosen = options.parse_args()
    into = chosen.into
    rows = assemble()
    if not rows:
        sys.exit("nothing was run: python -m bench.day_one.run")
    results = into / "bench" / "results" / "day_one.json"
    rows += earlier(rows, results, chosen.keep.split(","))
    write_lines(results, rows)
    table = Table(rows)
    reached = marks(table)
    write_lines(into / "bench" / "results" / "day_one_marks.json", reached)
    pictures = into / "docs" / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    try:
        from bench.day_one.pictures import draw  # noqa: PLC0415

        drawn = draw(table, pictures)
    except ModuleNotFoundError as missing:
        sys.exit(f"no pictures and no page: {missing.name} is not installed")
    (into / "docs" / "day_one.md").write_text(page(table, reached, drawn))


if __name__ == "__main__":
    main()
