"""What a bundle says of itself, and how its files are read without trusting them."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path, PurePosixPath
from typing import Any, Final

import msgspec

from serving.errors import BundleError
from serving.model import Dims
from serving.schema import COUNTS, GRAPHS, MANIFEST, VERSION

GOLDEN: Final = "golden.json"
WEIGHTS: Final = "weights.safetensors"
"""The network's weights, to train on from; serving neither needs nor parses them. A bundle may come without."""
COURSES: Final = "courses.npz"
"""What training has learned of the courses that it saw, see `serving.vectors`. A bundle may come without."""
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class DataFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the version was trained on."""

    fingerprint: str
    courses: int
    learners: int
    responses: int
    origin: str
    """captured, imported, simulated, or a mixture, in words."""


class GoldenCase(msgspec.Struct, frozen=True, kw_only=True):
    """Inputs and outputs of one graph, by name, as nested lists: what it must reproduce wherever it runs."""

    inputs: dict[str, Any]
    outputs: dict[str, Any]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`manifest.json` of a bundle. Fields that a later version adds are ignored."""

    schema_version: int
    name: str
    created: str
    """ISO 8601, UTC."""
    dims: Dims
    files: dict[str, str]
    """Relative path -> sha256 of every other file."""
    data: DataFacts
    courses: tuple[str, ...] = ()
    """Keys of the courses in `courses.npz`, in its order."""
    metrics: dict[str, Any] = {}
    calibration: dict[str, Any] | None = None


class _Version(msgspec.Struct):
    schema_version: int


class _DimsObject(msgspec.Struct):
    learner: int
    skill: int
    item: int
    vector: int


def encode_manifest(manifest: Manifest) -> bytes:
    """JSON, indented, dims as an object."""
    fields = {name: getattr(manifest, name) for name in manifest.__struct_fields__}
    return msgspec.json.format(msgspec.json.encode(fields | {"dims": manifest.dims._asdict()}), indent=2)


def read_manifest(directory: Path) -> Manifest:
    """The manifest of the bundle in `directory`. Raises BundleError with what to do."""
    raw = _read(directory / MANIFEST)
    try:
        version = msgspec.json.decode(raw, type=_Version).schema_version
        if version != VERSION:
            raise BundleError(
                f"{directory}: bundle of schema version {version}, this release serves version {VERSION}; "
                "train and export it again with this release"
            )
        fields = msgspec.json.decode(raw, type=dict[str, Any])
        dims = msgspec.convert(fields.get("dims"), _DimsObject)
        fields["dims"] = (dims.learner, dims.skill, dims.item, dims.vector)
        manifest = msgspec.convert(fields, Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BundleError(f"{directory / MANIFEST}: not a manifest ({error}); export the bundle again") from error
    check_name(manifest.name)
    if min(manifest.dims[:3]) < COUNTS or manifest.dims.vector < 1:
        raise BundleError(
            f"{directory / MANIFEST}: dims {tuple(manifest.dims)}, each must be {COUNTS} or more, the last 1 or more; "
            "export the bundle again"
        )
    missing = {*GRAPHS.values(), GOLDEN, *([COURSES] if manifest.courses else [])} - set(manifest.files)
    if missing:
        raise BundleError(
            f"{directory / MANIFEST}: does not list {', '.join(sorted(missing))}; export the bundle again"
        )
    return manifest


def check_name(name: str) -> None:
    """Raises BundleError for a name that cannot be part of paths and keys."""
    if not NAME.fullmatch(name):
        raise BundleError(f"bundle name {name!r}: use 1 to 64 letters, digits, dots, dashes and underscores")


def read_files(directory: Path, manifest: Manifest) -> dict[str, bytes]:
    """Every file of the manifest, verified. What is verified is what is returned: nothing is read twice."""
    return {path: _verified(directory, path, digest) for path, digest in manifest.files.items()}


def read_file(directory: Path, manifest: Manifest, path: str) -> bytes | None:
    """One file of the manifest, verified; None when the manifest does not list it."""
    digest = manifest.files.get(path)
    return None if digest is None else _verified(directory, path, digest)


def check_path(path: str) -> None:
    """Raises BundleError for a path that could lead out of the bundle."""
    parts = PurePosixPath(path)
    if not path or parts.is_absolute() or ".." in parts.parts or "\\" in path or "\0" in path or ":" in path:
        raise BundleError(
            f"the bundle names a file outside of itself: {path!r}; do not use it, and ask where it is from"
        )


def _verified(directory: Path, path: str, digest: str) -> bytes:
    check_path(path)
    full = directory / path
    if not full.resolve().is_relative_to(directory.resolve()):
        raise BundleError(
            f"the bundle's {path} is a link that leads out of it; do not use it, and ask where it is from"
        )
    content = _read(full)
    if hashlib.sha256(content).hexdigest() != digest:
        raise BundleError(f"{full}: content does not match its sha256 in the manifest; copy or export the bundle again")
    return content


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise BundleError(f"{path} is missing; copy or export the bundle again") from error
    except OSError as error:
        raise BundleError(f"{path} cannot be read: {error.strerror}; check the permissions and the disk") from error
