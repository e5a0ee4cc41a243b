"""Times as a person says them."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _


def ago(when: datetime | None) -> str:
    """How long ago, in words."""
    if when is None:
        return _("never")
    if (timezone.now() - when).total_seconds() < 60:
        return _("just now")
    return _("%(time)s ago") % {"time": timesince(when, depth=1)}
