"""Light peers: classical methods, fitted on the support learners of one course. One file each."""

from __future__ import annotations

from collections.abc import Callable

from bench.day_one.light.elo import Elo
from bench.day_one.light.irt import Rasch
from bench.day_one.light.item_mean import ItemMean
from bench.day_one.light.logistic import Logistic, best_lr, lkt, pfa
from bench.day_one.method import Method

METHODS: dict[str, Callable[[], Method]] = {
    "item-mean": ItemMean,
    "irt": Rasch,
    "elo": Elo,
    "pfa": lambda: Logistic("pfa", pfa),
    "best-lr": lambda: Logistic("best-lr", best_lr),
    "lkt": lambda: Logistic("lkt", lkt),
}
