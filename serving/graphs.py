"""A bundle's two graphs behind the `Model` protocol, on ONNX Runtime."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime as ort

from serving.errors import ModelError
from serving.model import Context, Dims, Floats, Observed
from serving.schema import CONTEXT, OBSERVE_OUTPUTS, OUTCOME, PREDICT_OUTPUTS
from serving.vectors import CourseVectors


def session(graph: bytes) -> ort.InferenceSession:
    """A session on one thread: the graphs are tiny, and the process that they run in is the platform's.

    Raises ONNX Runtime's own exceptions when `graph` is no valid ONNX.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    return ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


class GraphModel:
    """The model of a bundle. Safe to call from several threads."""

    source = "model"

    def __init__(
        self,
        *,
        name: str,
        dims: Dims,
        predict: ort.InferenceSession,
        observe: ort.InferenceSession,
        vectors: CourseVectors | None = None,
    ) -> None:
        self.name = name
        self.dims = dims
        self.vectors = vectors or CourseVectors(dims.vector)
        self._predict = predict
        self._observe = observe

    def predict(self, context: Context) -> tuple[Floats, Floats]:
        """Probability [B] and concentration [B]. Raises ModelError when the graph fails or gives no number."""
        probability, concentration = self._run(self._predict, PREDICT_OUTPUTS, _feed(context))
        return _bounded(probability, concentration)

    def observe(self, context: Context, outcome: Floats) -> Observed:
        """Prediction, and vectors after `outcome` [B, 5]. Raises ModelError as `predict`."""
        probability, concentration, *after = self._run(
            self._observe, OBSERVE_OUTPUTS, _feed(context) | {OUTCOME: outcome}
        )
        return Observed(*_bounded(probability, concentration), *after)

    def _run(self, graph: ort.InferenceSession, outputs: tuple[str, ...], feed: dict[str, Any]) -> list[Floats]:
        try:
            result: list[Floats] = graph.run(outputs, feed)
        except Exception as error:  # ONNX Runtime's exceptions share no base class of their own
            raise ModelError(f"model {self.name} failed: {error}") from error
        if not all(np.isfinite(array).all() for array in result):
            raise ModelError(
                f"model {self.name} answered with something that is no number; roll back to another version"
            )
        return result


def _bounded(probability: Floats, concentration: Floats) -> tuple[Floats, Floats]:
    return np.minimum(np.maximum(probability, 0), 1), np.maximum(concentration, 1e-3)


def _feed(context: Context) -> dict[str, Any]:
    return dict(zip(CONTEXT, context, strict=True))
