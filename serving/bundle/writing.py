"""Write a bundle so that it is there as a whole, verified, or not at all."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from serving.bundle.loading import load
from serving.bundle.manifest import (
    COURSES,
    GOLDEN,
    DataFacts,
    GoldenCase,
    Manifest,
    check_name,
    check_path,
    encode_manifest,
)
from serving.errors import BundleError
from serving.model import Dims
from serving.schema import CARD, GRAPHS, MANIFEST, VERSION
from serving.vectors import CourseTable, pack


def write(
    directory: str | Path,
    *,
    name: str,
    dims: Dims,
    graphs: Mapping[str, bytes],
    golden: Mapping[str, GoldenCase],
    card: str,
    data: DataFacts,
    metrics: Mapping[str, Any] | None = None,
    calibration: Mapping[str, Any] | None = None,
    courses: Mapping[str, CourseTable] | None = None,
    extra: Mapping[str, bytes] | None = None,
    created: datetime | None = None,
) -> Manifest:
    """Write the bundle `name` as `directory`, which must not exist: a bundle never changes.

    `graphs` holds the ONNX bytes of `predict` and `observe`, `golden` a case for each, `courses` what was learned of
    each course by its key, `extra` further files by relative path. The bundle is written beside, loaded and verified,
    and only then takes its place. Raises BundleError when it would be refused at loading, or cannot be written
    (nothing half-written is left behind then).
    """
    target = Path(directory)
    check_name(name)
    if set(graphs) != set(GRAPHS):
        raise BundleError(f"graphs are {sorted(graphs)}, not {sorted(GRAPHS)}")
    files = {GRAPHS[graph]: content for graph, content in graphs.items()}
    files |= {GOLDEN: msgspec.json.encode(dict(golden)), CARD: card.encode(), **(extra or {})}
    if courses:
        files[COURSES] = pack(courses)
    for path in files:
        check_path(path)
    manifest = Manifest(
        schema_version=VERSION,
        name=name,
        created=(created or datetime.now(UTC)).isoformat(timespec="seconds"),
        dims=dims,
        files={path: hashlib.sha256(content).hexdigest() for path, content in files.items()},
        data=data,
        courses=tuple(courses or ()),
        metrics=dict(metrics or {}),
        calibration=None if calibration is None else dict(calibration),
    )
    temporary: Path | None = None
    try:
        if target.exists():
            raise BundleError(f"{target} exists, and a bundle never changes: choose another name")
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        for path, content in {**files, MANIFEST: encode_manifest(manifest)}.items():
            _write(temporary / path, content)
        load(temporary)
        for folder in [temporary, *(p for p in temporary.rglob("*") if p.is_dir())]:
            _sync(folder)
        temporary.chmod(0o755)
        temporary.rename(target)
        _sync(target.parent)
    except OSError as error:
        why = error.strerror or error
        raise BundleError(
            f"{target} cannot be written: {why}; nothing was kept, make room or choose another place"
        ) from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
    return manifest


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
