"""A disk that is really full: a file system of a few kilobytes in a mount namespace of the test's own."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.conftest import Run, Told
from tests.registry.bundles import make

MOUNT = (
    'mount -t tmpfs -o size="$0" tmpfs "$1" && place=$1 && shift && "$@"; code=$?; find "$place" -type f; exit $code'
)
QUICK = ("--epochs", "1", "--batches", "2", "--simulated", "0", "--simulated-unseen", "0", "--attempts", "1")
Full = Callable[..., tuple[Told, list[str]]]


@pytest.fixture
def full(process: Run, tmp_path: Path) -> Full:
    """`full("32k", "manage.py", …)`: run Python with so small a data folder; how it ended, and the files there then."""
    place = tmp_path / "small"
    place.mkdir()
    alone = [shutil.which("unshare") or "unshare", "-Urm", "sh", "-c"]
    try:
        subprocess.run([*alone, MOUNT, "16k", str(place), "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no mount namespaces here: {error}")

    def run(size: str, *arguments: str) -> tuple[Told, list[str]]:
        told = process(*arguments, before=(*alone, MOUNT, size, str(place)), METAEDU_DATA_DIR=str(place))
        lines = told.out.splitlines()
        files = [line.removeprefix(f"{place}/") for line in lines if line.startswith(f"{place}/")]
        return told, files

    return run


@pytest.mark.parametrize(("size", "at"), [("16k", "dataset"), ("160k", "checkpoint")])
def test_training_ends_with_what_to_do_and_leaves_nothing_half_written(size: str, at: str, full: Full) -> None:
    pytest.importorskip("torch")
    told, files = full(size, "manage.py", "metaedu_train", *QUICK)
    line = told.refusal()
    assert "The disk is full" in line
    assert "Make room and go on from the checkpoint: manage.py metaedu_train --resume" in line
    assert {Path(file).suffix for file in files} <= ({".json"} if at == "dataset" else {".json", ".parquet"})
    assert len(files) == (1 if at == "dataset" else 2)


def test_a_bundle_is_registered_whole_or_not_at_all(full: Full, tmp_path: Path) -> None:
    told, files = full("8k", "manage.py", "metaedu_register", str(make(tmp_path, "v1")))
    line = told.refusal()
    assert "No space left on device" in line
    assert "make room" in line
    assert files == []


def test_a_bundle_is_written_whole_or_not_at_all(full: Full) -> None:
    script = """
import os, sys
from pathlib import Path
from serving.errors import BundleError
from tests.registry.bundles import make
try:
    make(Path(os.environ["METAEDU_DATA_DIR"]), "v1")
except BundleError as error:
    sys.exit(str(error))
"""
    told, files = full("8k", "-c", script)
    assert "No space left on device; nothing was kept, make room" in told.refusal()
    assert files == []


def test_capture_never_raises_counts_the_loss_and_goes_on(full: Full) -> None:
    script = """
import os, sys
from pathlib import Path
import django
django.setup()
from metaedu_plugin.capture import api, spool
from tests.capture.payloads import check
place = Path(os.environ["METAEDU_DATA_DIR"])
for n in range(200):
    api.receive(event=check(user=n, at=n))
lost = api.status().lost
assert 0 < lost < 200, lost
(segment,) = spool.segments()
kept = segment.read_bytes()
assert kept.endswith(b"\\n") and kept.count(b"\\n") == 200 - lost
assert api.drain().responses == 200 - lost
api.receive(event=check(user=500, at=500))
assert api.drain().responses == 1
print("lost", lost)
"""
    told, _ = full("32k", "-c", script)
    assert told.code == 0, told.err
    assert told.err.count("cannot write to the spool") == 1
