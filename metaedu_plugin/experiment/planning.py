"""How many learners it takes, before there are any: what the instructor reads when they begin."""

from __future__ import annotations

import math
from typing import Final

from metaedu_plugin.experiment import sequential

LOGIT: Final = 0.2
"""A difference of a logit in share right, for planning: that of items which go right three times in four."""
ANSWERS: Final = 10
LEVEL_VARIANCE: Final = 1.0
"""What is taken for granted of learners before there are any: new items answered by each, and how far levels differ."""


def information(*, smallest: float) -> float:
    """1 / se², in logits, at which the smallest difference worth having shows; set before any answer."""
    return sequential.information_for(smallest / LOGIT)


def learners(*, smallest: float, share: float) -> int:
    """Learners that it takes to see the smallest difference worth having four times in five, as far as can be told."""
    of_one = LEVEL_VARIANCE + 1 / (ANSWERS * LOGIT)
    return math.ceil(of_one * information(smallest=smallest) / (share * (1 - share)))
