"""Comparisons drawn from a known truth."""

from __future__ import annotations

import numpy as np

from metaedu_plugin.registry.comparison import Comparison


def draw(
    *,
    better_by: float,
    learners: int = 60,
    seed: int = 0,
    reference: str = "champion-1",
    cost: dict[str, float] | None = None,
    spread: float = 0.05,
) -> Comparison:
    """Learners differ in how well either model suits them, and in how much they answered; `better_by` is in nats."""
    rng = np.random.default_rng(seed)
    counts = rng.geometric(1 / 30, learners)
    theirs = counts * 0.55
    per_learner = rng.normal(-better_by, spread, learners)
    noise = rng.normal(0, 0.1, learners) * np.sqrt(counts)
    ours = theirs + counts * per_learner + noise
    return Comparison(
        learners=tuple(f"learner-{i}" for i in range(learners)),
        candidate=tuple((float(loss), int(n)) for loss, n in zip(ours, counts, strict=True)),
        reference=tuple((float(loss), int(n)) for loss, n in zip(theirs, counts, strict=True)),
        reference_name=reference,
        cost=cost or {},
    )
