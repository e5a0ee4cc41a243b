"""From a directory to a model that may serve, or to a clear refusal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from serving.bundle.checks import check_behaviour, check_golden, check_signature
from serving.bundle.manifest import COURSES, GOLDEN, WEIGHTS, Manifest, read_file, read_files, read_manifest
from serving.errors import BundleError
from serving.graphs import GraphModel, session
from serving.model import Context, Dims, Floats, Observed
from serving.schema import GRAPHS
from serving.vectors import CourseVectors, unpack

SHIPPED: Final = Path(__file__).resolve().parents[1] / "shipped"
"""The bundle that comes with the package."""


@dataclass(frozen=True)
class Bundle:
    """A verified bundle; it is itself a `serving.model.Model`."""

    directory: Path
    manifest: Manifest
    model: GraphModel
    source: str = "model"
    """`shipped` for what comes with the package, and was trained on no course of the installation."""

    @property
    def name(self) -> str:
        """The version's name."""
        return self.manifest.name

    @property
    def dims(self) -> Dims:
        """Lengths of the vectors."""
        return self.manifest.dims

    @property
    def vectors(self) -> CourseVectors:
        """What it has learned of the courses that it was trained on."""
        return self.model.vectors

    def predict(self, context: Context) -> tuple[Floats, Floats]:
        """See `GraphModel.predict`."""
        return self.model.predict(context)

    def observe(self, context: Context, outcome: Floats) -> Observed:
        """See `GraphModel.observe`."""
        return self.model.observe(context, outcome)


def load(directory: str | Path) -> Bundle:
    """Load and verify the bundle in `directory`.

    Raises BundleError, with what to do, for a missing or changed file, another schema version, a path that leaves the
    directory, invalid ONNX, other inputs, outputs or dims than `serving.schema` says, vectors of courses that are
    none, or golden outputs that this machine does not reproduce.
    """
    folder = Path(directory)
    manifest = read_manifest(folder)
    files = read_files(folder, manifest)
    sessions = {}
    for graph, path in GRAPHS.items():
        try:
            sessions[graph] = session(files[path])
            check_signature(graph, sessions[graph], manifest.dims)
        except BundleError:
            raise
        except Exception as error:  # ONNX Runtime's exceptions share no base class of their own
            raise BundleError(
                f"{folder / path}: ONNX Runtime cannot load it ({error}); export the bundle again"
            ) from error
    try:
        vectors = unpack(files[COURSES], manifest.courses, manifest.dims.vector) if manifest.courses else None
    except Exception as error:  # what numpy and zipfile raise shares no base class
        raise BundleError(f"{folder / COURSES}: not vectors of courses ({error}); export the bundle again") from error
    model = GraphModel(
        name=manifest.name,
        dims=manifest.dims,
        predict=sessions["predict"],
        observe=sessions["observe"],
        vectors=vectors,
    )
    check_behaviour(model)
    check_golden(files[GOLDEN], sessions)
    return Bundle(folder, manifest, model)


def shipped() -> Bundle:
    """What answers until an installation has a champion of its own: trained on simulated courses alone.

    Raises BundleError when it is not there, or damaged: the package is to be installed again.
    """
    return replace(load(SHIPPED), source="shipped")


def weights(directory: str | Path) -> bytes | None:
    """The verified weights of a bundle, as safetensors; None when it came without.

    Raises BundleError for another schema version, or a missing or changed file.
    """
    folder = Path(directory)
    return read_file(folder, read_manifest(folder), WEIGHTS)
