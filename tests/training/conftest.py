"""What several tests of the training share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from metaedu_plugin.training.export import Exported
    from metaedu_plugin.training.networks.tracer import Tracer


def pytest_pycollect_makemodule() -> None:
    """Nothing in this folder can be imported without torch, which some platforms have no wheel of."""
    pytest.importorskip("torch", reason="no torch here: pip install 'metaedu[training]'")


@pytest.fixture(scope="session")
def graphs() -> Exported:
    """A small untrained network's graphs: exporting takes ten seconds, so all share these."""
    from metaedu_plugin.training.export import export
    from metaedu_plugin.training.networks.tracer import Tracer

    return export(Tracer(hidden=8, width=8))


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Networks as small as those of tests lose by sharing their work, most of all on a busy machine."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.METAEDU_DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def trained(graphs: Exported, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Export takes ten seconds: the same graphs serve all runs, whose networks are collected here."""
    from metaedu_plugin.training import pipeline

    networks: list[dict[str, Any]] = []

    def exported(tracer: Tracer) -> Exported:
        networks.append({name: value.tolist() for name, value in tracer.state_dict().items()})
        return graphs

    monkeypatch.setattr(pipeline, "export", exported)
    return networks
