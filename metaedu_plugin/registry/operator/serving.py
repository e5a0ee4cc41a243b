"""Is it serving?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import msgspec
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from metaedu_plugin.capture import api as capture
from metaedu_plugin.registry import gateway, signals, versions
from metaedu_plugin.registry.operator.ago import ago
from metaedu_plugin.registry.operator.told import told
from metaedu_plugin.registry.types import VersionInfo, Waiting

WAITS_LONG: Final = timedelta(minutes=10)
"""After this, states that wait to be corrected are worth a look: the store has been away, or nobody answers."""


def section() -> dict[str, Any]:
    """What answers learners now, since when, and what went wrong."""
    status = gateway.status()
    seated = versions.champion()
    feedback = capture.is_on(name="feedback")
    waiting = _waiting()
    return {
        **msgspec.to_builtins(status),
        **told(*_verdict(status, seated, feedback, waiting)),
        "source_text": _source(status),
        "feedback": feedback,
        "champion": seated.name if seated else None,
        "version": status.model or (seated.name if seated else ""),
        "since": seated.promoted.isoformat() if seated and seated.promoted else None,
        "since_ago": ago(seated.promoted) if seated else "",
        "last_fallback_ago": ago(status.last_fallback),
        "waiting": waiting.learners,
        "waiting_text": _waiting_text(waiting),
    }


def _verdict(
    status: gateway.GatewayStatus, seated: VersionInfo | None, feedback: bool, waiting: Waiting
) -> tuple[str, str, str]:
    if status.load_error or status.cooling:
        return "bad", _trouble(status, seated), _mend(status)
    if not feedback:
        off = _("Feedback is off: learners see nothing")
        return "warn", off, _("Switch it on below, unless it is off on purpose.")
    if waiting.since and timezone.now() - waiting.since > WAITS_LONG:
        late = _("Answers that were reset still count for some learners")
        return "warn", late, _("Is the store of learner states there? Replaying the states does it at once.")
    if seated is not None:
        return "good", _("Serving %(model)s") % {"model": seated.name}, ""
    if status.source == "service":
        return "good", _("The service answers; no version of this installation is champion yet"), ""
    shipped = _("Serving %(model)s, the shipped model; no version was promoted here yet")
    return "good", shipped % {"model": status.model}, ""


def _waiting() -> Waiting:
    """What every app knows of; who cannot tell is left out."""
    told = [one for _, one in signals.states_waiting.send_robust(sender=None) if isinstance(one, Waiting)]
    since = [one.since for one in told if one.since]
    return Waiting(learners=sum(one.learners for one in told), since=min(since, default=None))


def _waiting_text(waiting: Waiting) -> str:
    if not waiting.learners:
        return _("none")
    words = ngettext("%(n)s learner, since %(time)s", "%(n)s learners, since %(time)s", waiting.learners)
    return words % {"n": waiting.learners, "time": ago(waiting.since)}


def _mend(status: gateway.GatewayStatus) -> str:
    if status.load_error:
        return _("Learners are answered, but not by this version: roll back, or train a new one.")
    if status.source == "service":
        return _("Is the service at %(url)s running?") % {"url": status.url}
    return _("The error is below. Is the store of learner states there?")


def _trouble(status: gateway.GatewayStatus, seated: VersionInfo | None) -> str:
    if not status.load_error:
        return _("Serving fails now; the prior answers")
    if status.model:
        return _("The champion does not load; %(model)s answers") % {"model": status.model}
    if seated is None:
        return _("The shipped model does not load; the prior answers")
    return _("The champion does not load; the prior answers")


def _source(status: gateway.GatewayStatus) -> str:
    if status.source == "service":
        return _("the service at %(url)s") % {"url": status.url}
    if status.source == "shipped":
        return _("the shipped model, in this process")
    return _("the engine in this process") if status.source == "process" else _("the prior")
