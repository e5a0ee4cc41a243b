"""From a trained network to a bundle: two ONNX graphs with the adaptation inside, golden examples, a model card."""

from __future__ import annotations

import logging
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from metaedu_plugin.training.course import Course
from metaedu_plugin.training.episodes import Piece, make_episode
from metaedu_plugin.training.in_context import follow
from metaedu_plugin.training.networks.tracer import VECTOR, ObserveGraph, PredictGraph, Tracer
from metaedu_plugin.training.simulator import simulate_courses
from serving import schema

TOLERANCE = 1e-5
"""Largest difference between PyTorch and ONNX Runtime that an export may show, as a probability or state entry."""

Arrays = dict[str, NDArray[np.float32]]


class ExportError(RuntimeError):
    """The exported graphs do not say what the network says; nothing was written."""


@dataclass(frozen=True)
class Exported:
    """Everything of a bundle that follows from the network alone."""

    graphs: dict[str, bytes]
    """Graph name -> ONNX model."""
    dims: dict[str, int]
    golden: dict[str, dict[str, Arrays]]
    """Graph name -> `inputs` and `outputs`, name -> array."""
    weights: bytes
    """The network's weights as safetensors, to train on from; the same network gives the same bytes."""

    @property
    def size(self) -> int:
        """Bytes of the graphs and the weights."""
        return sum(map(len, self.graphs.values())) + len(self.weights)


def export(tracer: Tracer) -> Exported:
    """Trace the network into the graphs of `serving.schema`, any number of pairs and skills.

    Raises:
        ExportError: a graph differs from PyTorch by more than `TOLERANCE` on whole learners replayed.

    """
    tracer = tracer.cpu().eval()
    examples = golden_examples(tracer)
    outputs = {"predict": schema.PREDICT_OUTPUTS, "observe": schema.OBSERVE_OUTPUTS}
    modules: dict[str, nn.Module] = {"predict": PredictGraph(tracer), "observe": ObserveGraph(tracer)}
    graphs, golden = {}, {}
    for name, module in modules.items():
        inputs = examples[name]
        with torch.no_grad():
            told = module(*(torch.from_numpy(array) for array in inputs.values()))
        graphs[name] = to_onnx(module, inputs, outputs[name])
        expected = dict(zip(outputs[name], (tensor.numpy() for tensor in told), strict=True))
        _compare(name, graphs[name], inputs, expected)
        golden[name] = {"inputs": inputs, "outputs": expected}
    weights = safetensors.torch.save({name: value.contiguous() for name, value in tracer.state_dict().items()})
    return Exported(graphs=graphs, dims=tracer.dims, golden=golden, weights=weights)


def to_onnx(module: nn.Module, inputs: Arrays, outputs: tuple[str, ...]) -> bytes:
    """Export one graph; the first axis of every input, and the axis over skills, stay dynamic."""
    over_skills = {"skills", "skill_mask", "skill_elapsed", "course_skills"}
    axes = [dict.fromkeys((0, 1) if name in over_skills else (0,), torch.export.Dim.DYNAMIC) for name in inputs]
    example = tuple(torch.from_numpy(array) for array in inputs.values())
    quiet = logging.getLogger("torch.onnx")
    level = quiet.level
    quiet.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                module,
                example,
                dynamo=True,
                dynamic_shapes=(tuple(axes),),
                input_names=list(inputs),
                output_names=list(outputs),
                verbose=False,
            )
            assert program is not None
            path = Path(folder) / "model.onnx"
            program.save(str(path), external_data=False)
            return _without_traces(path.read_bytes())
    finally:
        quiet.setLevel(level)


def _without_traces(graph: bytes) -> bytes:
    """The graph without where in whose source each node came from: paths of the machine that exported it."""
    import onnx  # noqa: PLC0415 - needed here alone

    model = onnx.load_from_string(graph)
    for part in (*model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output):
        del part.metadata_props[:]
    for function in model.functions:
        for node in function.node:
            del node.metadata_props[:]
    stripped: bytes = model.SerializeToString()
    return stripped


def golden_examples(tracer: Tracer, *, learners: int = 6, responses: int = 12) -> dict[str, Arrays]:
    """Inputs met while a few simulated learners of one course are replayed, for both graphs.

    The course's vectors are drawn at random, as if it had been trained on.
    """
    course = next(Course(data) for data in simulate_courses(50, seed=1) if max(map(len, data.item_skills)) > 1)
    support = course.counts(range(learners, len(course)))
    episode = make_episode([Piece(course, np.arange(learners), support)], longest=responses)
    drawn = np.random.default_rng(1).normal(0.0, 0.3, (*episode.item.shape, VECTOR))
    with torch.no_grad():
        context, _ = follow(tracer, episode, torch.from_numpy(drawn.astype(np.float32)))
    there = episode.valid > 0

    def rows(tensor: Tensor) -> NDArray[np.float32]:
        return tensor[there].numpy().astype(np.float32)

    predict = {name: rows(getattr(context, name)) for name in schema.CONTEXT}
    return {"predict": predict, "observe": {**predict, schema.OUTCOME: rows(episode.outcome)}}


def _compare(name: str, graph: bytes, inputs: Arrays, expected: Arrays) -> None:
    import onnxruntime  # noqa: PLC0415 - slow to import, and needed here alone

    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    for several in (1, len(inputs["learner"])):
        told = session.run(list(expected), {key: array[:several] for key, array in inputs.items()})
        for output, array in zip(expected, told, strict=True):
            difference = float(np.abs(array - expected[output][:several]).max())
            if not difference <= TOLERANCE:
                raise ExportError(
                    f"The exported {name} graph differs from the network by {difference:.2g} in {output}; at most"
                    f" {TOLERANCE:g} is allowed. The network uses an operation that ONNX computes differently."
                )


__all__ = ["TOLERANCE", "ExportError", "Exported", "export", "golden_examples", "to_onnx"]
