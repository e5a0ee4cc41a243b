"""Where the bundles lie: one directory per version under METAEDU_DATA_DIR/models, never changed once it is there."""

# ruff: noqa: PLC0415 - ONNX Runtime is loaded when a bundle is, not with the platform
from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from metaedu_plugin.registry.errors import RegistryError

if TYPE_CHECKING:
    from serving.bundle import Bundle


def load(path: Path) -> Bundle:
    """Load and verify a bundle. Raises BundleError, with what to do, when it is refused."""
    from serving import bundle

    return bundle.load(path)


def take_in(bundle: Bundle) -> Path:
    """Copy a verified bundle in under its name, and verify the copy; it appears only when it is whole.

    The caller knows that no row has the name: a directory of that name was left by a process that was killed.
    Raises BundleError when the copy is refused, RegistryError when it cannot be written.
    """
    from serving.schema import MANIFEST

    folder = Path(settings.METAEDU_DATA_DIR) / "models"
    target = folder / bundle.name
    draft: Path | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=folder))
        whole = draft / bundle.name
        for file in (*bundle.manifest.files, MANIFEST):
            (whole / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(bundle.directory / file, whole / file)
        load(whole)
        if target.exists():
            target.rename(draft / "left-over")
        whole.rename(target)
    except OSError as error:
        raise RegistryError(
            f"{target} cannot be written: {error.strerror or error}. Nothing was kept; make room or check the"
            " folder's rights, and try again."
        ) from error
    finally:
        if draft is not None:
            shutil.rmtree(draft, ignore_errors=True)
    return target


def point_to(path: Path) -> None:
    """Set the link METAEDU_DATA_DIR/champion, which `metaedu-serving --follow` follows. Raises OSError."""
    link = Path(settings.METAEDU_DATA_DIR) / "champion"
    link.parent.mkdir(parents=True, exist_ok=True)
    draft = link.with_name(f".champion-{uuid.uuid4().hex}")
    draft.symlink_to(os.path.relpath(path, link.parent))
    draft.replace(link)


def problem_with(path: Path) -> str:
    """Why a bundle cannot serve, in words; empty when it can."""
    try:
        load(path)
    except Exception as error:  # whatever is wrong with it, the caller has to be told, not to fail
        return str(error) or type(error).__name__
    return ""
