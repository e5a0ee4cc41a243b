"""What the operator needs to know, section by section; a section that fails says so and leaves the others whole."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _

from metaedu_plugin.registry.operator import capturing, evaluated, serving, trained
from metaedu_plugin.registry.operator.told import told

Section = dict[str, Any]
T = TypeVar("T")
logger = logging.getLogger(__name__)
SECTIONS: dict[str, Callable[[], Section]] = {
    "capture": capturing.section,
    "serving": serving.section,
    "training": trained.section,
    "evaluation": evaluated.section,
}


def safely(read: Callable[[], list[T]]) -> list[T]:
    """What `read` finds, or nothing when it fails: the page must open above all when a part is broken."""
    try:
        return read()
    except Exception as error:
        known = isinstance(error, DatabaseError)
        logger.error("metaedu: the operator's page could not read a part: %s", error, exc_info=not known)
        return []


def report(*sections: str) -> Section:
    """The named sections, or all; each has `state` (good, warn, bad), `headline` and `advice`."""
    found: Section = {"checked": timezone.now().isoformat()}
    for name in sections or SECTIONS:
        try:
            found[name] = SECTIONS[name]()
        except Exception as error:  # the page must open when a part is broken: that is when it is needed
            known = isinstance(error, DatabaseError)
            logger.error("metaedu: the operator's page could not read %s: %s", name, error, exc_info=not known)
            headline = _("Cannot be read: %(error)s") % {"error": error}
            found[name] = told("bad", headline, _("The log of this process has more."))
    return found
