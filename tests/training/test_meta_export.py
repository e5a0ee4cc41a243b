"""Adaptation in ONNX Runtime equals that in PyTorch, at sizes it was not traced with, and without any support."""

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch
from torch import nn

from metaedu_plugin.training.export_adaptation import ExportError, export_adaptation
from metaedu_plugin.training.losses import BinaryCrossEntropy, CrossEntropy, MeanSquaredError
from metaedu_plugin.training.meta import Examples, Tasks, create
from metaedu_plugin.training.meta.inner import SGD, Adam

SIZES = ((0, 3), (1, 1), (4, 9), (33, 50), (200, 1))

pytestmark = pytest.mark.usefixtures("one_thread")


def wide(outputs):
    return nn.Sequential(nn.Linear(3, 32), nn.ReLU(), nn.LayerNorm(32), nn.Dropout(0.2), nn.Linear(32, outputs))


def targets_for(loss, rows):
    if isinstance(loss, CrossEntropy):
        return torch.arange(rows) % loss.classes
    return (torch.arange(rows) % 2).float()


CASES = {
    "maml scores": ("maml", MeanSquaredError(), 1, {"steps": 5, "inner": SGD(0.02)}),
    "maml classes, learned rate": ("maml", CrossEntropy(4), 4, {"steps": 2, "inner": SGD(0.1, learn=True)}),
    "maml correct or not, Adam": ("maml", BinaryCrossEntropy(), 1, {"steps": 2, "inner": Adam(0.01)}),
    "anil": ("anil", BinaryCrossEntropy(), 1, {"head": "4", "steps": 5, "inner": SGD(0.1)}),
    "prototypical": ("prototypical", CrossEntropy(4), 8, {}),
    "ridge classes": ("ridge", CrossEntropy(4), 8, {"penalty": 0.1}),
    "ridge scores": ("ridge", MeanSquaredError(), 24, {"penalty": 0.01}),
    "reptile": ("reptile", CrossEntropy(4), 4, {"steps": 2, "inner": SGD(0.05)}),
    "supervised": ("supervised", BinaryCrossEntropy(), 1, {}),
    "fine-tuning": ("supervised", BinaryCrossEntropy(), 1, {"steps": 3, "inner": SGD(0.1)}),
}


@pytest.mark.parametrize("case", CASES)
def test_graph_equals_pytorch_at_other_sizes(case, tmp_path):
    torch.manual_seed(0)
    name, loss, outputs, options = CASES[case]
    learner = create(name, wide(outputs), loss, **options)
    example = torch.randn(6, 3), targets_for(loss, 6)
    path = export_adaptation(learner, tmp_path / "adapt.onnx", support=example, queries=torch.randn(5, 3))
    assert learner.training
    learner.eval()
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    assert {node.domain for node in model.graph.node} == {""}, "operations of the standard alone"
    session = ort.InferenceSession(str(path))
    for rows, queries in SIZES:
        x, y, query = torch.randn(rows, 3), targets_for(loss, rows), torch.randn(queries, 3)
        with torch.no_grad():
            expected = learner.adapt_and_predict(Examples.of(x, y), query).numpy()
        feed = {"support_x": x.numpy(), "support_y": y.numpy(), "query_x": query.numpy()}
        feed = {i.name: feed[i.name] for i in session.get_inputs()}
        np.testing.assert_allclose(session.run(None, feed)[0], expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("case", ["maml scores", "ridge classes", "prototypical", "fine-tuning"])
def test_graph_of_many_tasks_equals_pytorch_at_other_sizes(case, tmp_path):
    """Tasks, support rows and queries are all open, and supports of several sizes share a batch."""
    torch.manual_seed(0)
    name, loss, outputs, options = CASES[case]
    learner = create(name, wide(outputs), loss, **options).eval()
    example = torch.randn(6, 3), targets_for(loss, 6)
    path = tmp_path / "adapt.onnx"
    export_adaptation(learner, path, support=example, queries=torch.randn(5, 3), batched=True)
    onnx.checker.check_model(onnx.load(path), full_check=True)
    session = ort.InferenceSession(str(path))
    for tasks, rows, queries in ((1, 1, 1), (2, 9, 50), (7, 33, 4)):
        x, query, y = torch.randn(tasks, rows, 3), torch.randn(tasks, queries, 3), targets_for(loss, rows)
        y, mask = y.expand(tasks, rows).clone(), (torch.rand(tasks, rows) < 0.6).float()
        with torch.no_grad():
            expected = learner.outputs(Tasks(x, y, query, query, mask)).numpy()
        feed = {"support_x": x.numpy(), "support_y": y.numpy(), "support_mask": mask.numpy(), "query_x": query.numpy()}
        np.testing.assert_allclose(session.run(None, feed)[0], expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("layer", ["attention", "embedding, tied"])
def test_networks_with_layers_of_their_own_are_exported(layer, tmp_path):
    """Rows as many as a layer is wide: equal sizes must not be taken for the same size."""

    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding, self.last = nn.Embedding(6, 8), nn.Linear(8, 6, bias=False)
            self.last.weight = self.embedding.weight

        def forward(self, x):
            return self.last(self.embedding(x).mean(1))

    torch.manual_seed(0)
    if layer == "attention":
        attention = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        network, draw = nn.Sequential(attention, nn.Flatten(), nn.Linear(32, 6)), lambda n: torch.randn(n, 4, 8)
    else:
        network, draw = Tied(), lambda n: torch.randint(0, 6, (n, 4))
    learner = create("maml", network, CrossEntropy(6), steps=2, inner=SGD(0.05)).eval()
    path = tmp_path / "adapt.onnx"
    export_adaptation(learner, path, support=(draw(8), torch.arange(8) % 6), queries=draw(6))
    session = ort.InferenceSession(str(path))
    for rows, queries in ((1, 6), (8, 3), (11, 1)):
        x, y, query = draw(rows), torch.arange(rows) % 6, draw(queries)
        expected = learner.adapt_and_predict(Examples.of(x, y), query).detach().numpy()
        feed = {"support_x": x.numpy(), "support_y": y.numpy(), "query_x": query.numpy()}
        np.testing.assert_allclose(session.run(None, feed)[0], expected, rtol=1e-5, atol=1e-5)


def test_what_cannot_be_exported_says_so(tmp_path):
    class Inverse(nn.Linear):
        def forward(self, x):
            return super().forward(x) @ torch.linalg.inv(torch.eye(2) * 2)

    learner = create("maml", Inverse(3, 2), MeanSquaredError(), steps=1)
    with pytest.raises(ExportError, match="cannot be exported"):
        export_adaptation(
            learner, tmp_path / "x.onnx", support=(torch.randn(4, 3), torch.randn(4, 2)), queries=torch.randn(3, 3)
        )
    with pytest.raises(ExportError, match="at least one"):
        export_adaptation(
            learner, tmp_path / "x.onnx", support=(torch.randn(0, 3), torch.randn(0, 2)), queries=torch.randn(3, 3)
        )


def test_a_graph_that_differs_is_refused(tmp_path):
    """The network answers by the number of rows, which tracing with one size cannot see."""

    class Sized(nn.Linear):
        def forward(self, x):
            return super().forward(x) * (2.0 if int(x.shape[0]) > 3 else 1.0)

    learner = create("supervised", Sized(3, 1), MeanSquaredError())
    with pytest.raises(ExportError):
        export_adaptation(
            learner, tmp_path / "x.onnx", support=(torch.randn(4, 3), torch.randn(4)), queries=torch.randn(5, 3)
        )
