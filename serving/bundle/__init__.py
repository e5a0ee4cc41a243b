"""The bundle of a model version: an immutable directory of ONNX graphs, manifest, golden cases and card."""

from serving.bundle.loading import Bundle, load
from serving.bundle.manifest import DataFacts, GoldenCase, Manifest
from serving.bundle.writing import write
from serving.errors import BundleError

__all__ = ["Bundle", "BundleError", "DataFacts", "GoldenCase", "Manifest", "load", "write"]
