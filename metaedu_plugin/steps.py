"""Steps in the platform's filters: how they get into its settings, and one line about what is missing.

Settings modules import this, before Django is set up: nothing of it may be needed here.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

log = logging.getLogger(__name__)

SETTING = "OPEN_EDX_FILTERS_CONFIG"


def add_step(settings: Any, filter_type: str, step: str, fail_silently: bool = True) -> None:
    """Put a step at the end of a filter's pipeline, once, however often it is called.

    Steps and options of other plugins stay, in any of the shapes that the platform takes: a dictionary with a
    pipeline, a list of steps, one step. To be called from the settings of production, too: there the operator's
    YAML replaces what `common` has set.
    """
    configured = getattr(settings, SETTING, None) or {}
    if not isinstance(configured, Mapping):
        return
    there = configured.get(filter_type) or {}
    options = dict(there) if isinstance(there, Mapping) else {"pipeline": there}
    steps = options.get("pipeline") or []
    pipeline = [steps] if isinstance(steps, str) else list(steps)
    if step not in pipeline:
        pipeline.append(step)
    setattr(
        settings,
        SETTING,
        {**configured, filter_type: {"fail_silently": fail_silently, **options, "pipeline": pipeline}},
    )


@lru_cache(maxsize=256)
def warn_once(message: str) -> None:
    """One line a process: what is missing at one request is missing at each."""
    log.warning(message, exc_info=True)
