"""Inside the course platform, or not: how an app's adapter gets at the platform's modules.

The platform is no dependency that can be installed, its modules move between releases, and an error while it starts
would stop it. So they are looked up by name: outside of the platform they are not there and nobody is told; inside, one
that is missing costs one feature and one warning.
"""

from __future__ import annotations

import logging
from functools import lru_cache
from importlib import import_module
from typing import Any

from django.conf import settings

log = logging.getLogger(__name__)


def project() -> str:
    """`lms` or `cms`; empty outside of the platform."""
    root = str(getattr(settings, "ROOT_URLCONF", "")).partition(".")[0]
    return root if root in {"lms", "cms"} else ""


def found(path: str, *, feature: str) -> Any | None:
    """An attribute of a module of the platform by its dotted path, or None; `feature` is what goes without it."""
    module, _, name = path.rpartition(".")
    try:
        return getattr(import_module(module), name)
    except Exception as error:  # a module that is half there may raise anything
        if project():
            _warn(feature, path, repr(error))
        return None


@lru_cache(maxsize=64)
def _warn(feature: str, path: str, error: str) -> None:
    log.warning("metaedu: %s is left out, since the platform has no %s: %s", feature, path, error)
