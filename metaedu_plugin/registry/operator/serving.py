"""Is it serving?"""

from __future__ import annotations

from typing import Any

import msgspec
from django.utils.translation import gettext as _

from metaedu_plugin.capture import api as capture
from metaedu_plugin.registry import gateway, versions
from metaedu_plugin.registry.operator.ago import ago
from metaedu_plugin.registry.types import VersionInfo


def section() -> dict[str, Any]:
    """What answers learners now, since when, and what went wrong."""
    status = gateway.status()
    seated = versions.champion()
    feedback = capture.is_on(name="feedback")
    state, headline = _verdict(status, seated, feedback)
    return {
        **msgspec.to_builtins(status),
        "state": state,
        "headline": headline,
        "source_text": _source(status),
        "feedback": feedback,
        "champion": seated.name if seated else None,
        "since": seated.promoted.isoformat() if seated and seated.promoted else None,
        "since_ago": ago(seated.promoted) if seated else "",
        "last_fallback_ago": ago(status.last_fallback),
    }


def _verdict(status: gateway.GatewayStatus, seated: VersionInfo | None, feedback: bool) -> tuple[str, str]:
    if status.load_error:
        if status.model:
            return "bad", _("The champion does not load; %(model)s still answers") % {"model": status.model}
        return "bad", _("The champion does not load; the prior answers")
    if status.cooling:
        return "bad", _("Serving fails now; the prior answers")
    if not feedback:
        return "warn", _("Feedback is off: learners see nothing")
    if seated is None:
        return "warn", _("No model yet: the prior answers")
    return "good", _("Serving %(model)s") % {"model": seated.name}


def _source(status: gateway.GatewayStatus) -> str:
    if status.source == "service":
        return _("the service at %(url)s") % {"url": status.url}
    return _("the engine in this process") if status.source == "process" else _("the prior")
