"""What a version has to beat: methods that are simple, well known and honestly tuned, by name.

A new baseline is one class that keeps the `Baseline` protocol and one line in `BASELINES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from metaedu_plugin.training.evaluation.baselines.base import Baseline
from metaedu_plugin.training.evaluation.baselines.elo import Elo
from metaedu_plugin.training.evaluation.baselines.item_mean import ItemMean
from metaedu_plugin.training.evaluation.baselines.logistic import BestLogistic, DecayedLogistic

BASELINES: Mapping[str, Callable[[], Baseline]] = {
    "item mean": ItemMean,
    "Elo": Elo,
    "logistic, decayed counts": DecayedLogistic,
    "logistic, Best-LR": BestLogistic,
}

__all__ = ["BASELINES", "Baseline"]
