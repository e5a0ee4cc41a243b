"""Adaptation inside an ONNX graph: a meta-learner that serves without PyTorch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.export import Dim
from torch.func import functional_call
from torch.fx.experimental.proxy_tensor import make_fx

from metaedu_plugin.training.meta.base import MetaLearner
from metaedu_plugin.training.meta.tasks import Examples

INPUTS = ("support_x", "support_y", "query_x")
OUTPUT = "outputs"


class ExportError(RuntimeError):
    """The meta-learner cannot be exported, or its graph does not reproduce it."""


class _OneTask(nn.Module):
    """Adaptation to a support and prediction of queries, as one function of tensors."""

    def __init__(self, learner: MetaLearner[Any]) -> None:
        super().__init__()
        self.learner = learner

    def forward(self, support_x: Tensor, support_y: Tensor, query_x: Tensor) -> Tensor:
        return self.learner.portable(Examples.of(support_x, support_y), query_x)


class _Recorded(nn.Module):
    """The recorded operations with the learner's weights at hand, which become the graph's constants."""

    def __init__(self, graph: nn.Module, weights: dict[str, Tensor]) -> None:
        super().__init__()
        self.graph = graph
        self.names = tuple(weights)
        for i, weight in enumerate(weights.values()):
            self.register_buffer(f"weight_{i}", weight)

    def forward(self, support_x: Tensor, support_y: Tensor, query_x: Tensor) -> Tensor:
        weights = {name: getattr(self, f"weight_{i}") for i, name in enumerate(self.names)}
        outputs: Tensor = self.graph(weights, support_x, support_y, query_x)
        return outputs


def export_adaptation(
    learner: MetaLearner[Any],
    path: Path,
    *,
    support: tuple[Tensor, Tensor],
    queries: Tensor,
    tolerance: float = 1e-5,
) -> Path:
    """Write `(support_x [K, ...], support_y [K, ...], query_x [Q, ...]) -> outputs [Q, ...]` as one ONNX graph.

    K and Q stay open. Adaptation by gradients is unrolled: `torch.onnx.export` cannot follow `torch.func.grad`, but can
    follow what `make_fx` records of it. The graph is then run in ONNX Runtime at other sizes than it was
    traced with, and must equal PyTorch within `tolerance` (absolute, and relative to outputs above 1).

    Args:
        learner: any meta-learner; it is exported in eval mode, so without dropout.
        path: the file to write.
        support: an example of inputs and targets with at least three rows, like those to come.
        queries: an example with at least three rows.
        tolerance: how far the graph may be from PyTorch.

    Raises:
        ExportError: the network uses something that ONNX lacks, or the graph differs from PyTorch.
    """
    example = (*support, queries)
    if min(len(t) for t in example) < 3:
        raise ExportError("The examples to trace with need at least three support rows and three queries.")
    training = learner.training
    learner.eval()
    try:
        _write(_OneTask(learner), example, path)
        _verify(learner, path, example, tolerance)
    finally:
        learner.train(training)
    return path


def _write(task: _OneTask, example: tuple[Tensor, ...], path: Path) -> None:
    rows, queries = Dim("support_rows"), Dim("query_rows")
    weights = {name: value.detach() for name, value in task.state_dict().items()}
    try:
        graph = make_fx(lambda weights, *inputs: functional_call(task, weights, inputs), tracing_mode="symbolic")(
            weights, *example
        )
        program = torch.onnx.export(
            _Recorded(graph, weights).eval(),
            example,
            input_names=list(INPUTS),
            output_names=[OUTPUT],
            dynamic_shapes=({0: rows}, {0: rows}, {0: queries}),
            dynamo=True,
            verbose=False,
        )
    except Exception as error:
        raise ExportError(f"This meta-learner cannot be exported: {str(error).splitlines()[0]}") from error
    assert program is not None
    path.parent.mkdir(parents=True, exist_ok=True)
    program.save(str(path), external_data=False)


def _verify(learner: MetaLearner[Any], path: Path, example: tuple[Tensor, ...], tolerance: float) -> None:
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    for rows, queries in ((1, 1), (2, 3), (7, 2)):
        support_x, support_y, query_x = (_resized(t, n) for t, n in zip(example, (rows, rows, queries), strict=True))
        with torch.no_grad():
            expected = learner.adapt_and_predict(Examples.of(support_x, support_y), query_x).cpu().numpy()
        feed = {name: _array(t) for name, t in zip(INPUTS, (support_x, support_y, query_x), strict=True)}
        difference = np.abs(session.run([OUTPUT], feed)[0] - expected) / np.maximum(1.0, np.abs(expected))
        if not difference.max() <= tolerance:
            raise ExportError(
                f"The exported graph differs from PyTorch by {difference.max():.1e} for {rows} support rows and "
                f"{queries} queries, more than {tolerance:.0e}."
            )


def _resized(rows: Tensor, size: int) -> Tensor:
    return rows[torch.arange(size, device=rows.device) % len(rows)]


def _array(tensor: Tensor) -> NDArray[np.generic]:
    array: NDArray[np.generic] = tensor.detach().cpu().numpy()
    return array
