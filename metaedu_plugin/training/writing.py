"""The bundle of a candidate: its graphs, what it was made of, and how it did."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from metaedu_plugin.training.card import card
from metaedu_plugin.training.export import Exported
from serving import bundle
from serving.bundle import DataFacts, GoldenCase
from serving.model import Dims


def write(
    directory: Path,
    name: str,
    exported: Exported,
    *,
    metrics: Mapping[str, Any],
    data: Mapping[str, Any],
    made: Mapping[str, Any],
) -> Path:
    """Write and verify the bundle; it is there as a whole or not at all.

    Args:
        directory: where; must not exist yet.
        name: of the version.
        exported: graphs with their golden cases.
        metrics: the evaluation.
        data: facts about the material, see `Material.facts`.
        made: options of the training, for the card.

    Raises:
        serving.errors.BundleError: the bundle would be refused, or cannot be written.

    """
    bundle.write(
        directory,
        name=name,
        dims=Dims(**exported.dims),
        graphs=exported.graphs,
        golden={graph: _golden(case) for graph, case in exported.golden.items()},
        card=card(name, metrics, data, made),
        data=DataFacts(
            fingerprint=str(data["fingerprint"]),
            courses=len(data["courses"]),
            learners=int(data["learners"]),
            responses=int(data["responses"]),
            origin=f"captured, and {data['simulated_courses']} simulated courses",
        ),
        metrics=metrics,
    )
    return directory


def _golden(case: Mapping[str, Mapping[str, Any]]) -> GoldenCase:
    sides = {side: {name: array.tolist() for name, array in arrays.items()} for side, arrays in case.items()}
    return GoldenCase(inputs=sides["inputs"], outputs=sides["outputs"])
