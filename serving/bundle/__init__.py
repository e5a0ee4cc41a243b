"""The bundle of a model version: an immutable directory of ONNX graphs, manifest, golden cases and card."""

from serving.bundle.loading import SHIPPED, Bundle, load, shipped, weights
from serving.bundle.manifest import WEIGHTS, DataFacts, GoldenCase, Manifest, read_manifest
from serving.bundle.writing import write
from serving.errors import BundleError

__all__ = [
    "SHIPPED",
    "WEIGHTS",
    "Bundle",
    "BundleError",
    "DataFacts",
    "GoldenCase",
    "Manifest",
    "load",
    "read_manifest",
    "shipped",
    "weights",
    "write",
]
