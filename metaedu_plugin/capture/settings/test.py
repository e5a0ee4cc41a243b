"""The platform's own tests: a folder that anyone may write, unless the operator has named one, and no drainer.

Their database is SQLite in memory, where a thread that writes locks the tables that a test has open.
"""

from __future__ import annotations

import tempfile
from typing import Any

from metaedu_plugin.capture.settings import common, folder


def plugin_settings(settings: Any) -> None:
    """As in `common`, which has run before and set its default."""
    common.plugin_settings(settings)
    if folder.default() == settings.METAEDU_DATA_DIR:
        settings.METAEDU_DATA_DIR = f"{tempfile.gettempdir()}/metaedu-tests"
    if not hasattr(settings, "METAEDU_DRAIN_SECONDS"):
        settings.METAEDU_DRAIN_SECONDS = 0
