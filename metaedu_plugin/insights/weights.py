"""Which kinds of findings the instructors of a course find useful: those they call not useful sink."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from metaedu_plugin.insights.models import FindingDecision

USEFUL, NOT_USEFUL = 3.0, 1.0
"""What is believed of each kind before anybody decided: a Beta distribution of so many useful and not useful ones."""
SUNK: Final = 0.85
"""A kind of less weight than this counts as one that sinks."""


def kind_weights(decisions: Iterable[FindingDecision]) -> dict[str, float]:
    """Weight of each reason code that was decided on; all others have 1.

    The mean of the Beta posterior that a finding of the kind is useful, over the prior's. An accepted finding
    was useful; a dismissal with a reason speaks about that one finding, and not about its kind.
    """
    told = Counter((row.finding.partition(":")[0], row.decision) for row in decisions)
    prior = USEFUL / (USEFUL + NOT_USEFUL)
    weights = {}
    for kind in {reason for reason, _decision in told}:
        useful = told[kind, FindingDecision.Decision.ACCEPTED]
        not_useful = told[kind, FindingDecision.Decision.NOT_USEFUL]
        weights[kind] = (USEFUL + useful) / (USEFUL + NOT_USEFUL + useful + not_useful) / prior
    return weights
