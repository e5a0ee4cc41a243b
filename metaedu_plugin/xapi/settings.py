"""That the platform lets metaedu's events through to its xAPI router, which knows its events by a list of names.

An error here would stop the platform from starting: nothing here raises.
"""

from __future__ import annotations

import logging
from typing import Any, Final

from metaedu_plugin.tracking import NAMES

log = logging.getLogger(__name__)

ALLOWED: Final = "EVENT_TRACKING_BACKENDS_ALLOWED_XAPI_EVENTS"
BUS: Final = "EVENT_BUS_TRACKING_LOGS"
_WHITELIST: Final = "NameWhitelistProcessor"
_ROUTER: Final = "XApiProcessor"


def plugin_settings(settings: Any) -> None:
    """Add the names, whether event-routing-backends has run its own settings already or will; safe to repeat."""
    try:
        allowed = list(getattr(settings, ALLOWED, None) or [])
        setattr(settings, ALLOWED, [*allowed, *(name for name in NAMES if name not in allowed)])
        if getattr(settings, BUS, None):
            setattr(settings, BUS, {*getattr(settings, BUS), *NAMES})
        for backend in (getattr(settings, "EVENT_TRACKING_BACKENDS", None) or {}).values():
            _open(backend)
    except Exception:
        log.warning(
            "metaedu: the settings of event tracking are of a form that is not known, so metaedu's events do not reach"
            " xAPI; add the names that docs/events.md lists to %s and to the whitelists of EVENT_TRACKING_BACKENDS.",
            ALLOWED,
            exc_info=True,
        )


def _open(backend: dict[str, Any]) -> None:
    """Where a backend leads to xAPI statements, both lists on the way take metaedu's names in."""
    options = backend.get("OPTIONS", {})
    routers = [each for each in options.get("backends", {}).values() if _has(each, _ROUTER)]
    for each in [backend, *routers] if routers else []:
        for processor in _processors(each):
            if _WHITELIST in processor.get("ENGINE", ""):
                taken = processor["OPTIONS"]["whitelist"]
                processor["OPTIONS"]["whitelist"] = sorted({*taken, *NAMES})


def _has(backend: dict[str, Any], name: str) -> bool:
    return any(name in processor.get("ENGINE", "") for processor in _processors(backend))


def _processors(backend: dict[str, Any]) -> list[dict[str, Any]]:
    return list(backend.get("OPTIONS", {}).get("processors", []))
