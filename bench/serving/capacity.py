"""What so many learners need: `python -m bench.serving.capacity` writes docs/capacity.md from the figures measured."""

from __future__ import annotations

import json
import math
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEARNERS = {"10 thousand": 10_000, "1 million": 1_000_000, "100 million": 100_000_000}
ACTIVE, ANSWERS, PEAK = 0.10, 20, 0.15
"""Of the learners on a day; answers of each of them; share of a day's answers in its busiest hour."""
USED = 0.5
"""Share of a core that is planned for: the rest is for failures, new versions and busier minutes."""
SHARD = 16
"""GB of learner states in one Redis."""


def figure(file: str, name: str) -> float:
    """A figure of bench/results. Raises KeyError."""
    rows = json.loads((ROOT / "bench" / "results" / file).read_text())
    return float({row["figure"]: row["value"] for row in rows}[name])


def main() -> None:
    """Write the page."""
    rate = figure("serving.json", "answer, ours-redis: answers a second")
    each = figure("serving_engine.json", "Redis, a learner of that size in all")
    rows = []
    for name, learners in LEARNERS.items():
        answers = learners * ACTIVE * ANSWERS * PEAK / 3600
        cores, memory = max(2, math.ceil(answers / (rate * USED))), learners * each / 1e9
        shards = max(1, math.ceil(memory / SHARD))
        rows.append(f"| {name} | {answers:,.0f} | {cores:,} | {memory:,.1f} GB | {shards:,} |")
    text = f"""# Capacity

Written by `python -m bench.serving.capacity` from `bench/results/serving.json` and `serving_engine.json`, which name
their commands. The machine that those were measured on is small, shared and slow: measure yours, and write it again.

| learners | answers a second, busiest hour | cores for `metaedu-serving` | states in Redis | shards of {SHARD} GB |
|---|--:|--:|--:|--:|
{chr(10).join(rows)}

*What it assumes.* {ACTIVE:.0%} of the learners are there on a day and give {ANSWERS} answers each, {PEAK:.0%} of them
in the busiest hour. A core gives {rate:,.0f} answers a second with Redis (observe, feedback and the next of 50) and is
planned to be used by half; two cores at least, so that one may fail. A learner with 50 skills and 50 items takes
{each:,.0f} bytes in Redis, ids of their responses and all; nothing is evicted. Course counts come on top: some 40 bytes
for each item and skill.

*How it grows.* Workers keep nothing, so that any balancer will do and each further core adds its own rate. All keys of
a course carry the course as hash tag: on a Redis Cluster a course lies in one slot, so a single course is bound by one
shard (at {each:,.0f} bytes, {SHARD * 1e9 / each / 1e6:,.1f} million learners).
"""
    (ROOT / "docs" / "capacity.md").write_text(text)


if __name__ == "__main__":
    main()
