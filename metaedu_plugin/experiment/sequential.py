"""An interval that holds at every look together, however often somebody looks and whenever they stop.

The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (Time-uniform central limit theory
and asymptotic confidence sequences, Annals of Statistics 52, 2024, theorem 2.2), written in information, 1 / se²: with
few learners or many, an estimate moves like Brownian motion in it (Scharfstein, Tsiatis and Robins 1997). It mixes over
the size of the difference by a normal (Robbins 1970).
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Final

ERROR: Final = 0.05
POWER: Final = 0.80

_TUNED: Final = -2 * math.log(ERROR) + math.log(-2 * math.log(ERROR)) + 1
"""Information in units of the mixture's precision at which the interval is tightest (their equation 10)."""
WIDTH: Final = math.sqrt((1 + 1 / _TUNED) * (math.log(1 + _TUNED) - 2 * math.log(ERROR)))
"""Half of the interval in standard errors, there: 3.03, where the usual interval has 1.96."""


def information_for(difference: float, *, width: float = WIDTH) -> float:
    """1 / se² at which a true difference shows with `POWER`: half an interval lies below it, and then some."""
    return ((width + NormalDist().inv_cdf(POWER)) / difference) ** 2


def half_width(se: float, *, planned: float) -> float:
    """Half of the interval at this standard error; it is tightest where 1 / se² is `planned`, which is set before."""
    precision = planned / _TUNED
    ratio = 1 + 1 / (se * se * precision)
    return se * math.sqrt(ratio / (ratio - 1) * (math.log(ratio) - 2 * math.log(ERROR)))
