"""A bundle's two graphs behind the `Model` protocol, on ONNX Runtime."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Final, cast

import numpy as np
import onnxruntime as ort

from serving.errors import ModelError
from serving.model import Context, Dims, Floats, Observed
from serving.schema import CONTEXT, OBSERVE_OUTPUTS, OUTCOME, PREDICT_OUTPUTS
from serving.vectors import CourseVectors

MOST_AT_ONCE: Final = 440
"""Pairs of one run: a row takes least time where the arrays in between still fit into the processor's cache."""
MOST_BOUND: Final = 8
"""Pairs, and skills of an item, up to which arrays are kept: beyond, the computing outweighs the handing over."""


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


class Graph:
    """One graph of a bundle. Safe to call from several threads.

    ONNX Runtime takes as long to receive and to hand out a dozen small arrays as to compute them. So each thread keeps
    arrays of the sizes that recur, bound once: what is asked is copied in, and the answers are copied out.
    """

    def __init__(self, session: ort.InferenceSession, outputs: Sequence[str]) -> None:
        self._session, self._outputs = session, list(outputs)
        self.inputs = {each.name: _lengths(each.shape) for each in session.get_inputs()}
        """Shape of each input; -1 for an axis of any length."""
        told = {each.name: _lengths(each.shape) for each in session.get_outputs()}
        self.outputs = {name: told[name] for name in outputs}
        """Shape of each output, in their order."""
        self._local = threading.local()

    @property
    def bound(self) -> list[_Bound]:
        """What this thread keeps."""
        return list(self._local.__dict__.get("bound", {}).values())

    def run(self, feed: Mapping[str, Floats]) -> list[Floats]:
        """The outputs in their order. Raises ONNX Runtime's own exceptions."""
        size = feed["skill_mask"].shape
        if size[0] > MOST_AT_ONCE:
            starts = range(0, size[0], MOST_AT_ONCE)
            parts = [self.run({name: array[at : at + MOST_AT_ONCE] for name, array in feed.items()}) for at in starts]
            return [np.concatenate(part) for part in zip(*parts, strict=True)]
        if size[0] > MOST_BOUND or size[1] > MOST_BOUND:
            return cast(list[Floats], self._session.run(self._outputs, dict(feed)))
        bound: dict[tuple[int, ...], _Bound] = self._local.__dict__.setdefault("bound", {})
        kept = bound.get(size)
        if kept is None:
            # The first run of a size tells the shapes of the outputs.
            told = cast(list[Floats], self._session.run(self._outputs, dict(feed)))
            bound[size] = _Bound(self._session, feed, dict(zip(self._outputs, told, strict=True)))
            return told
        return kept.run(feed)


def _lengths(shape: Sequence[int | str]) -> tuple[int, ...]:
    return tuple(length if isinstance(length, int) else -1 for length in shape)


class _Bound:
    """A session's inputs and outputs at one size, as arrays of our own."""

    def __init__(
        self, session: ort.InferenceSession, inputs: Mapping[str, Floats], outputs: Mapping[str, Floats]
    ) -> None:
        self._session, self._binding = session, session.io_binding()
        self._inputs = {name: np.array(array, np.float32, order="C") for name, array in inputs.items()}
        self._outputs = [np.array(array, np.float32, order="C") for array in outputs.values()]
        for name, array in self._inputs.items():
            self._binding.bind_input(name, "cpu", 0, np.float32, array.shape, array.ctypes.data)
        for name, array in zip(outputs, self._outputs, strict=True):
            self._binding.bind_output(name, "cpu", 0, np.float32, array.shape, array.ctypes.data)

    def run(self, feed: Mapping[str, Floats]) -> list[Floats]:
        for name, array in self._inputs.items():
            np.copyto(array, feed[name])
        self.compute()
        return [array.copy() for array in self._outputs]

    def compute(self) -> None:
        """Run on what the arrays hold."""
        self._session.run_with_iobinding(self._binding)


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
        self._predict = Graph(predict, PREDICT_OUTPUTS)
        self._observe = Graph(observe, OBSERVE_OUTPUTS)
        self.graphs: Mapping[str, Graph] = {"predict": self._predict, "observe": self._observe}
        """The graphs by name."""

    def predict(self, context: Context) -> tuple[Floats, Floats]:
        """Probability [B] and concentration [B]. Raises ModelError when the graph fails or gives no number."""
        probability, concentration = self._run(self._predict, _feed(context))
        return _bounded(probability, concentration)

    def observe(self, context: Context, outcome: Floats) -> Observed:
        """Prediction, and vectors after `outcome` [B, 5]. Raises ModelError as `predict`."""
        probability, concentration, *after = self._run(self._observe, _feed(context) | {OUTCOME: outcome})
        return Observed(*_bounded(probability, concentration), *after)

    def _run(self, graph: Graph, feed: Mapping[str, Floats]) -> list[Floats]:
        try:
            result = graph.run(feed)
        except Exception as error:  # ONNX Runtime's exceptions share no base class of their own
            raise ModelError(f"model {self.name} failed: {error}") from error
        # A sum is finite only when every summand is.
        if not all(isfinite(np.add.reduce(array, axis=None)) for array in result):
            raise ModelError(
                f"model {self.name} answered with something that is no number; roll back to another version"
            )
        return result


def _bounded(probability: Floats, concentration: Floats) -> tuple[Floats, Floats]:
    return np.minimum(np.maximum(probability, 0), 1), np.maximum(concentration, 1e-3)


def _feed(context: Context) -> dict[str, Floats]:
    return dict(zip(CONTEXT, context, strict=True))
