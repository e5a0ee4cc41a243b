"""Where the bundles lie: one directory per version under METAEDU_DATA_DIR/models, never changed once it is there."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from django.conf import settings

from metaedu_plugin.registry.errors import RegistryError


def folder() -> Path:
    """The directory of all versions."""
    return Path(settings.METAEDU_DATA_DIR) / "models"


def take_in(source: Path) -> tuple[str, Path]:
    """Verify a bundle and copy it in; answers with the version's name and the copy's path.

    The copy is verified as well, and appears under its name only when it is whole.
    Raises BundleError when the bundle is refused, RegistryError when the name is taken.
    """
    name = _load(source)
    if not name or name != Path(name).name or name.startswith(".") or "*" in name or len(name) > 64:
        raise RegistryError(f"{name!r} is no name for a version: use up to 64 letters, digits, dots and hyphens.")
    target = folder() / name
    if target.exists():
        raise RegistryError(f"Version {name} is registered already. A version never changes: give a new name.")
    folder().mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=folder()))
    try:
        shutil.copytree(source, draft / name)
        _load(draft / name)
        (draft / name).rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return name, target


def put_out(path: Path) -> None:
    """Remove a copy that no row stands for."""
    shutil.rmtree(path, ignore_errors=True)


def problem_with(path: Path) -> str:
    """Why a bundle cannot serve, in words; empty when it can."""
    try:
        _load(path)
    except Exception as error:  # whatever is wrong with it, the caller has to be told, not to fail
        return str(error) or type(error).__name__
    return ""


def _load(path: Path) -> str:
    from serving import bundle  # noqa: PLC0415 - ONNX Runtime is loaded when a bundle is, not with the platform

    return bundle.load(path).name
