"""The bundle of a model version: an immutable directory of ONNX graphs, manifest, golden cases and card."""

from serving.bundle.load import Bundle, load_bundle
from serving.bundle.manifest import DataFacts, GoldenCase, Manifest
from serving.bundle.write import write_bundle
from serving.errors import BundleError

__all__ = ["Bundle", "BundleError", "DataFacts", "GoldenCase", "Manifest", "load_bundle", "write_bundle"]
