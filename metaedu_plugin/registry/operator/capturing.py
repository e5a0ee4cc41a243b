"""Is it capturing?"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import islice
from typing import Any, Final

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from metaedu_plugin.capture import api as capture
from metaedu_plugin.registry.operator.ago import ago
from metaedu_plugin.registry.operator.told import told

SPOOL_LATE: Final = 300.0
"""Seconds after which an event that waits in the spool means that nothing drains it."""
LOSS_RECENT: Final = timedelta(hours=1)
"""How long a loss that is over is still the headline."""
LETTERS: Final = 1000


def section() -> dict[str, Any]:
    """Counts, the last response, the spool, and what could not be understood."""
    status = capture.status()
    return {
        **told(*_verdict(status)),
        "on": status.capture,
        "responses": status.responses,
        "activities": status.activities,
        "learners": status.learners,
        "courses": status.courses,
        "dead_letters": status.dead_letters,
        "spool_bytes": status.spool_bytes,
        "spool_age": round(status.spool_age, 1),
        "lost": status.lost,
        "loss": _lost(status.loss),
        "last": status.last.isoformat() if status.last else None,
        "last_ago": ago(status.last),
    }


def _verdict(status: capture.Status) -> tuple[str, str, str]:
    if not status.capture:
        return "warn", _("Off: nothing is captured"), _("Switch it on below, unless it is off on purpose.")
    if status.loss and not (status.loss.over and timezone.now() - status.loss.last > LOSS_RECENT):
        return "bad", _("Events are lost: the spool cannot be written"), _("Check the disk and the folder's rights.")
    if status.spool_age > SPOOL_LATE:
        waits = _("Events wait in the spool: nothing drains it. Is the worker running?")
        return "bad", waits, _("Start the worker, or run metaedu_drain. Nothing is lost meanwhile.")
    if not status.responses:
        return "warn", _("On, nothing captured yet"), _("Answer a problem in a course, or import what was answered.")
    if status.dead_letters:
        look = _("See below why they were not understood. After an update, replay them.")
        return "warn", _("Capturing, with events that were not understood"), look
    return "good", _("Capturing"), ""


def _lost(loss: capture.Loss | None) -> str:
    """What was lost last, for as long as the process lives."""
    if loss is None:
        return _("none")
    text = ngettext(
        "%(count)s event was lost, %(when)s: %(why)s",
        "%(count)s events were lost, the last %(when)s: %(why)s",
        loss.count,
    )
    when = date_format(timezone.localtime(loss.last), "DATETIME_FORMAT")
    return text % {"when": when, "count": loss.count, "why": loss.why}


def reasons() -> list[dict[str, Any]]:
    """Dead letters by reason, the commonest first, each with one letter's explanation."""
    letters = [letter for letter in islice(capture.dead_letters(), LETTERS) if letter.replayed is None]
    details = {letter.reason: letter.detail for letter in reversed(letters)}
    counted = Counter(letter.reason for letter in letters)
    return [{"reason": name, "count": count, "detail": details[name]} for name, count in counted.most_common()]
