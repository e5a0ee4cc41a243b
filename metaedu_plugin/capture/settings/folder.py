"""The data folder, also for Studio: an author who tries a problem there is no learner, so no events from there."""

from __future__ import annotations

import os
from typing import Any

VOLUME = "/openedx/data"


def default() -> str:
    """A folder that outlives the container, where the platform has one."""
    # not pathlib: its is_dir raises where the parent may not be read
    place = VOLUME if os.path.isdir(VOLUME) else "/var/lib"  # noqa: PTH112
    return f"{place}/metaedu"


def plugin_settings(settings: Any) -> None:
    """Set METAEDU_DATA_DIR where the operator has not: to the environment's, else to the default."""
    # .. setting_name: METAEDU_DATA_DIR
    # .. setting_default: /openedx/data/metaedu where there is that volume, else /var/lib/metaedu
    # .. setting_description: Folder of the spool, the dataset, training runs and model versions; shared by the LMS
    #   and its workers.
    if not getattr(settings, "METAEDU_DATA_DIR", None):
        settings.METAEDU_DATA_DIR = os.environ.get("METAEDU_DATA_DIR") or default()
