"""Bundles that must not serve: refused by `metaedu_register` and by `python -m serving`, and the champion stays."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from metaedu_plugin.registry import api as registry
from metaedu_plugin.registry.models import ModelVersion
from tests.faults.conftest import Manage, Run
from tests.registry.bundles import make


def a_changed_byte(bundle: Path) -> None:
    file = bundle / "predict" / "1" / "model.onnx"
    content = bytearray(file.read_bytes())
    content[60] ^= 1
    file.write_bytes(content)


def another_schema_version(bundle: Path) -> None:
    manifest = json.loads((bundle / "manifest.json").read_text())
    (bundle / "manifest.json").write_text(json.dumps({**manifest, "schema_version": 99}))


def a_missing_file(bundle: Path) -> None:
    (bundle / "golden.json").unlink()


FAULTS: dict[Callable[[Path], None], str] = {
    a_changed_byte: "does not match its sha256 in the manifest; copy or export the bundle again",
    another_schema_version: "schema version 99, this release serves version 3; train and export it again",
    a_missing_file: "golden.json is missing; copy or export the bundle again",
}


@pytest.mark.parametrize("spoil", FAULTS)
def test_it_is_not_registered_and_the_champion_stays(
    spoil: Callable[[Path], None], manage: Manage, data_dir: Path, tmp_path: Path
) -> None:
    manage("metaedu_register", str(make(tmp_path, "good")))
    manage("metaedu_promote", "good", "--reason", "first")
    bundle = make(tmp_path, "bad")
    spoil(bundle)
    assert FAULTS[spoil] in manage("metaedu_register", str(bundle)).refusal()
    assert [version.name for version in registry.versions()] == ["good"]
    assert [path.name for path in (data_dir / "models").iterdir()] == ["good"]
    champion = registry.champion()
    assert champion is not None
    assert champion.name == "good"


def test_spoilt_after_it_was_registered_it_is_not_promoted_and_the_status_says_why(
    manage: Manage, data_dir: Path, tmp_path: Path
) -> None:
    manage("metaedu_register", str(make(tmp_path, "v1")))
    a_changed_byte(data_dir / "models" / "v1")
    assert "cannot serve" in manage("metaedu_promote", "v1", "--reason", "try").refusal()
    assert registry.champion() is None
    ModelVersion.objects.filter(name="v1").update(seat=1, role="champion")
    told = manage("metaedu_status")
    assert told.code == 1
    assert "BAD  serving" in told.out


@pytest.mark.parametrize("spoil", [a_changed_byte, another_schema_version])
def test_the_service_does_not_start_with_it(spoil: Callable[[Path], None], process: Run, tmp_path: Path) -> None:
    bundle = make(tmp_path, "bad")
    spoil(bundle)
    assert FAULTS[spoil] in process("-m", "serving", "--bundle", str(bundle)).refusal(2)


def test_the_service_says_that_its_port_is_taken(process: Run) -> None:
    pytest.importorskip("granian")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        told = process("-m", "serving", "--port", str(taken.getsockname()[1]))
    assert told.code == 2
    assert "choose another --host or --port" in told.err.splitlines()[-1]
    assert "Traceback" not in told.err
