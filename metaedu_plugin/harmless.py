"""What holds for each of our steps in the platform's filters: whatever goes wrong, the page is as without it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

try:
    from openedx_filters import PipelineStep
except ImportError:  # outside of the platform nothing runs steps
    PipelineStep = object  # type: ignore[assignment,misc]

from metaedu_plugin.steps import warn_once

__all__ = ["PipelineStep", "harmless", "warn_once"]

Step = Callable[..., dict[str, Any]]


def harmless(feature: str) -> Callable[[Step], Step]:
    """For a step's `run_filter`: whatever goes wrong, the page is as it would be without the step.

    The step may answer with the values that it changes; the others go on as they came.
    """

    def wrap(step: Step) -> Step:
        @wraps(step)
        def run_filter(self: Any, **values: Any) -> dict[str, Any]:
            try:
                return {**values, **step(self, **values)}
            except Exception as error:
                # Without the error's own words, which may differ at each request; the traceback has them.
                warn_once(f"metaedu: {feature} left out, the page is as without it: {type(error).__name__}")
                return values

        return run_filter

    return wrap
