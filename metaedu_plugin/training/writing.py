"""The bundle of a candidate: its graphs, what it was made of, and how it did."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from metaedu_plugin.training.card import OWN_DATA, card
from metaedu_plugin.training.export import Exported
from metaedu_plugin.training.sources import ASPECTS
from serving import bundle
from serving.bundle import WEIGHTS, DataFacts, GoldenCase
from serving.model import Dims
from serving.vectors import CourseTable


def write(
    directory: Path,
    name: str,
    exported: Exported,
    *,
    metrics: Mapping[str, Any],
    data: DataFacts,
    facts: Mapping[str, Any],
    made: Mapping[str, Any],
    terms: str = OWN_DATA,
    courses: Mapping[str, CourseTable] | None = None,
) -> Path:
    """Write and verify the bundle; it is there as a whole or not at all.

    Args:
        directory: where; must not exist yet.
        name: of the version.
        exported: graphs with their golden cases.
        metrics: the evaluation.
        data: what it was trained on, for the manifest.
        facts: the same at more length, for the card.
        made: options of the training, for the card.
        terms: whose data it was and what may be done with the version, for the card.
        courses: what was learned of each course by its key.

    Raises:
        serving.errors.BundleError: the bundle would be refused, or cannot be written.

    """
    bundle.write(
        directory,
        name=name,
        dims=Dims(**exported.dims),
        graphs=exported.graphs,
        golden={graph: _golden(case) for graph, case in exported.golden.items()},
        card=card(name, metrics, facts, made, terms),
        data=data,
        metrics=metrics,
        courses=courses,
        extra={WEIGHTS: exported.weights},
    )
    return directory


def captured(facts: Mapping[str, Any]) -> DataFacts:
    """The facts of a run's material (`Material.facts`), as the manifest has them."""
    where = "captured by Aspects" if facts.get("source") == ASPECTS else "captured"
    return DataFacts(
        fingerprint=str(facts["fingerprint"]),
        courses=len(facts["courses"]),
        learners=int(facts["learners"]),
        responses=int(facts["responses"]),
        origin=f"{where}, and {facts['simulated_courses']} simulated courses",
    )


def _golden(case: Mapping[str, Mapping[str, Any]]) -> GoldenCase:
    sides = {side: {name: array.tolist() for name, array in arrays.items()} for side, arrays in case.items()}
    return GoldenCase(inputs=sides["inputs"], outputs=sides["outputs"])
