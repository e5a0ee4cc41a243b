"""Adaptation inside an ONNX graph: a meta-learner that serves without PyTorch."""

from __future__ import annotations

from itertools import count, islice
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import torch
from numpy.typing import NDArray
from onnx import compose, helper
from torch import Tensor, nn
from torch.export import Dim
from torch.func import functional_call
from torch.fx.experimental.proxy_tensor import make_fx

from metaedu_plugin.training.meta.base import MetaLearner
from metaedu_plugin.training.meta.tasks import Examples, Tasks

INPUTS = ("support_x", "support_y", "query_x")
BATCHED_INPUTS = ("support_x", "support_y", "query_x", "support_mask")
OUTPUT = "outputs"
SIZES = ((1, 1), (2, 3), (7, 2))
"""Support and query rows that a graph is tried with."""


class ExportError(RuntimeError):
    """The meta-learner cannot be exported, or its graph does not reproduce it."""


class _OneTask(nn.Module):
    """Adaptation to a support and prediction of queries, as one function of tensors."""

    def __init__(self, learner: MetaLearner[Any]) -> None:
        super().__init__()
        self.learner = learner

    def forward(self, support_x: Tensor, support_y: Tensor, query_x: Tensor, mask: Tensor | None = None) -> Tensor:
        return self.learner.portable(Examples.of(support_x, support_y, mask), query_x)


class _Recorded(nn.Module):
    """The recorded operations with the learner's weights at hand, which become the graph's constants."""

    def __init__(self, graph: nn.Module, weights: dict[str, Tensor]) -> None:
        super().__init__()
        self.graph = graph
        self.names = tuple(weights)
        for i, weight in enumerate(weights.values()):
            self.register_buffer(f"weight_{i}", weight)

    def forward(self, *inputs: Tensor) -> Tensor:
        weights = {name: getattr(self, f"weight_{i}") for i, name in enumerate(self.names)}
        outputs: Tensor = self.graph(weights, *inputs)
        return outputs


def export_adaptation(
    learner: MetaLearner[Any],
    path: Path,
    *,
    support: tuple[Tensor, Tensor],
    queries: Tensor,
    batched: bool = False,
    tolerance: float = 1e-5,
) -> Path:
    """Write `(support_x [K, ...], support_y [K, ...], query_x [Q, ...]) -> outputs [Q, ...]` as one ONNX graph.

    K and Q stay open. With `batched` the graph is that of N tasks, N open, too: `(support_x [N, K, ...],
    support_y [N, K, ...], query_x [N, Q, ...], support_mask [N, K]) -> outputs [N, Q, ...]`, where the mask is 0 for
    the rows that pad a shorter support.

    Adaptation by gradients is unrolled: `torch.onnx.export` cannot follow a gradient, but can follow what `make_fx`
    records of it. The graph is then run in ONNX Runtime at other sizes than it was traced with, and must equal
    PyTorch within `tolerance` (absolute, and relative to outputs above 1).

    Args:
        learner: any meta-learner; it is exported in eval mode, so without dropout.
        path: the file to write.
        support: an example of one task's inputs and targets, like those to come.
        queries: an example of what is to be predicted.
        batched: many tasks at once.
        tolerance: how far the graph may be from PyTorch.

    Raises:
        ExportError: the network uses something that ONNX lacks, or the graph differs from PyTorch.
    """
    example = (*support, queries)
    if min(len(t) for t in example) == 0:
        raise ExportError("The examples to trace with need at least one support row and one query.")
    training = learner.training
    learner.eval()
    try:
        model = _traced(_OneTask(learner), example, BATCHED_INPUTS if batched else INPUTS)
        path.parent.mkdir(parents=True, exist_ok=True)
        onnx.save(_over_tasks(model) if batched else model, path)
        _verify(learner, path, example, tolerance, batched=batched)
    finally:
        learner.train(training)
    return path


def _traced(task: _OneTask, example: tuple[Tensor, ...], names: tuple[str, ...]) -> onnx.ModelProto:
    weights = {name: value.detach() for name, value in (*task.named_parameters(), *task.named_buffers())}
    rows, queries = Dim("support_rows"), Dim("query_rows")
    inputs = _distinct(weights, example)
    inputs = (*inputs, Examples.of(*inputs[:2]).mask)[: len(names)]
    try:
        graph = make_fx(lambda weights, *inputs: functional_call(task, weights, inputs), tracing_mode="symbolic")(
            weights, *inputs
        )
        program = torch.onnx.export(
            _Recorded(graph, weights).eval(),
            inputs,
            input_names=list(names),
            output_names=[OUTPUT],
            dynamic_shapes=(({0: rows}, {0: rows}, {0: queries}, {0: rows})[: len(names)],),
            dynamo=True,
            verbose=False,
        )
    except Exception as error:
        raise ExportError(f"This meta-learner cannot be exported: {str(error).splitlines()[0]}") from error
    assert program is not None
    return program.model_proto


def _over_tasks(model: onnx.ModelProto) -> onnx.ModelProto:
    """The graph of one task as the body of a Scan, which runs it for each task of a batch."""
    body = compose.add_prefix(model, "task_").graph
    ends = []
    for value in (*model.graph.input, *model.graph.output):
        sizes = [size.dim_param or size.dim_value for size in value.type.tensor_type.shape.dim]
        ends.append(helper.make_tensor_value_info(value.name, value.type.tensor_type.elem_type, ["tasks", *sizes]))
    names = [value.name for value in ends]
    scan = helper.make_node("Scan", names[:-1], names[-1:], body=body, num_scan_inputs=len(names) - 1)
    graph = helper.make_graph([scan], "over_tasks", ends[:-1], ends[-1:])
    return helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)


def _verify(
    learner: MetaLearner[Any], path: Path, example: tuple[Tensor, ...], tolerance: float, *, batched: bool
) -> None:
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    for rows, queries in SIZES:
        one = tuple(_resized(t, n) for t, n in zip(example, (rows, rows, queries), strict=True))
        many = tuple(torch.stack([t.roll(n, 0) for n in range(queries)]) for t in one)
        mask = torch.ones(many[0].shape[:2], device=one[0].device)
        mask[-1, 1:] = 0
        with torch.no_grad():
            if batched:
                expected = learner.outputs(Tasks(many[0], many[1], many[2], many[2], mask))
            else:
                expected = learner.adapt_and_predict(Examples.of(*one[:2]), one[2])
        feed = {name: _array(t) for name, t in zip(BATCHED_INPUTS, (*many, mask) if batched else one, strict=False)}
        wanted = _array(expected)
        difference = np.abs(session.run([OUTPUT], feed)[0] - wanted) / np.maximum(1.0, np.abs(wanted))
        if not difference.max() <= tolerance:
            raise ExportError(
                f"The exported graph differs from PyTorch by {difference.max():.1e} for {rows} support rows and "
                f"{queries} queries, more than {tolerance:.0e}. Where inner steps overshoot, they amplify rounding: "
                "try a lower inner rate."
            )


def _distinct(weights: dict[str, Tensor], example: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """The example with as many rows as nothing else has: equal sizes would be taken for the same size."""
    taken = {size for tensor in weights.values() for size in tensor.shape}
    taken |= {size for tensor in example for size in tensor.shape[1:]}
    rows, queries = islice((size for size in count(3) if size not in taken), 2)
    return tuple(_resized(t, n) for t, n in zip(example, (rows, rows, queries), strict=True))


def _resized(rows: Tensor, size: int) -> Tensor:
    return rows[torch.arange(size, device=rows.device) % len(rows)]


def _array(tensor: Tensor) -> NDArray[np.generic]:
    array: NDArray[np.generic] = tensor.detach().cpu().numpy()
    return array
