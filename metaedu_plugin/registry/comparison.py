"""What the gate is given: how a candidate and its reference did on learners that neither has seen."""

from __future__ import annotations

from typing import Any

import msgspec


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Paired losses of a candidate and its reference, learner by learner, over the same held-out responses.

    Raises ValueError when the lists are not paired.
    """

    learners: tuple[str, ...]
    """L held-out learners: the clusters of the bootstrap. One learner in two courses is one learner."""
    candidate: tuple[tuple[float, int], ...]
    """L pairs: sum of the log loss in nats over the learner's responses, and how many they are."""
    reference: tuple[tuple[float, int], ...]
    """The same L learners and the same responses, by the reference."""
    reference_name: str
    """The champion's version name; without one, that of the shipped model, or what else would answer instead."""
    cost: dict[str, float] = {}
    """Microseconds per response, under `candidate` and `reference`. Empty when they were not measured."""
    tables: dict[str, Any] = {}
    """More figures to be kept beside the decision; the gate does not read them."""

    def __post_init__(self) -> None:
        if not len(self.learners) == len(self.candidate) == len(self.reference):
            raise ValueError(
                f"Losses are not paired: {len(self.learners)} learners, {len(self.candidate)} of the candidate, "
                f"{len(self.reference)} of the reference. Give one pair of each per learner."
            )
        if len(set(self.learners)) != len(self.learners):
            raise ValueError("A learner occurs twice. Sum the losses of a learner before comparing.")
        for learner, (_, ours), (_, theirs) in zip(self.learners, self.candidate, self.reference, strict=True):
            if ours != theirs or ours < 1:
                raise ValueError(
                    f"Learner {learner} has {ours} responses of the candidate and {theirs} of the reference. "
                    "Compare both on the same responses, at least one per learner."
                )


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What the gate found."""

    promote: bool
    reason: str
    """Stable code, see `metaedu_plugin.registry.gate`."""
    reference: str = ""
    figures: dict[str, float] = {}
    """Log losses in nats per response, their difference with its 95 % interval (low, high), counts, costs in µs."""
    tables: dict[str, Any] = {}
