"""What several tests of the training share."""

from __future__ import annotations

import pytest

from metaedu_plugin.training.export import Exported, export
from metaedu_plugin.training.networks.tracer import Tracer


@pytest.fixture(scope="session")
def graphs() -> Exported:
    """A small untrained network's graphs: exporting takes ten seconds, so all share these."""
    return export(Tracer(hidden=8, width=8))
