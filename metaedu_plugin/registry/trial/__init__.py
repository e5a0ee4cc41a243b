"""An engine to try things out on: it knows what the one that answers knows, and leaves no trace of what it is told.

Where the engine runs in this process, it reads that one's states and counts (`store`). Where a service answers, whose
store is its own, the champion's bundle is loaded here, and the course's counts are made again of stored answers
(`counted`).
"""

# ruff: noqa: PLC0415 - ONNX Runtime is loaded when a model is, not with the platform
from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from metaedu_plugin.registry import gateway, shelf, versions

if TYPE_CHECKING:
    from serving.engine import Engine
    from serving.model import Model

logger = logging.getLogger(__name__)
_loaded: dict[str, Model] = {}
"""The model by the champion's name; empty for none."""


def trial(*, course: str, learner: str = "") -> Engine:
    """An engine of the model that answers, to be thrown away: all that it is told stays in it.

    `learner` is the one, by pseudonym, whose stored answers it is going to be told, so that they count once.
    Raises StoreError while the store of states does not answer.
    """
    from metaedu_plugin.registry.trial.counted import counted
    from metaedu_plugin.registry.trial.store import TrialStore
    from serving.engine import Engine

    here = gateway.here()
    if isinstance(here, Engine):
        return Engine(here.model, TrialStore(here.store))
    model = _champion()
    return Engine(model, TrialStore(counted(model, course=course, without=learner)))


def again(engine: Engine) -> Engine:
    """Another one that goes on from where an engine is, so that two ways can be tried."""
    from metaedu_plugin.registry.trial.store import TrialStore
    from serving.engine import Engine

    return Engine(engine.model, TrialStore(engine.store))


def _champion() -> Model:
    """The champion's model; the shipped one while there is none that loads, or the prior."""
    from serving import bundle
    from serving.prior import PriorModel

    seated = versions.champion()
    name = seated.name if seated else ""
    if name not in _loaded:
        _loaded.clear()
        try:
            _loaded[name] = shelf.load(Path(seated.path)) if seated else bundle.shipped()
        except Exception as error:  # whatever it is, something simpler can answer
            logger.warning("metaedu: a trial goes without %s: %s", name or "the shipped model", error)
            try:
                return bundle.shipped()
            except Exception:
                return PriorModel()
    return _loaded[name]
