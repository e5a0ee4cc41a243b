"""Second-order outer gradients against finite differences, through layers with fused operations of their own."""

import pytest
import torch
from torch import nn

from metaedu_plugin.training.losses import MeanSquaredError
from metaedu_plugin.training.meta import Tasks, create
from metaedu_plugin.training.meta.inner import SGD

pytestmark = pytest.mark.usefixtures("one_thread")


class Transposed(nn.Module):
    """Channels first for layers that want it."""

    def __init__(self, layer: nn.Module):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x.mT).mT


class Recurrent(nn.LSTM):
    def forward(self, x):
        return super().forward(x)[0]


LAYERS = {
    "layer normalisation": lambda: nn.LayerNorm(8),
    "group normalisation": lambda: Transposed(nn.GroupNorm(2, 8)),
    "batch normalisation": lambda: Transposed(nn.BatchNorm1d(8, track_running_stats=False)),
    "instance normalisation": lambda: Transposed(nn.InstanceNorm1d(8, affine=True)),
    "root mean square normalisation": lambda: nn.RMSNorm(8),
    "attention": lambda: nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True),
    "convolution": lambda: nn.Sequential(Transposed(nn.Conv1d(8, 8, 3, padding=1)), nn.SiLU()),
    "recurrence": lambda: Recurrent(8, 8, batch_first=True),
}


class Around(nn.Module):
    def __init__(self, layer: nn.Module):
        super().__init__()
        self.first, self.layer, self.last = nn.Linear(3, 8), layer, nn.Linear(8, 1)

    def forward(self, x):
        return self.last(self.layer(self.first(x))[:, -1])


@pytest.mark.parametrize("learner", ["maml", "ridge"])
@pytest.mark.parametrize("layer", LAYERS)
def test_outer_gradient_agrees_with_finite_differences(layer, learner):
    torch.manual_seed(0)
    rows = [torch.randn(2, *shape, dtype=torch.float64) for shape in ((5, 4, 3), (5,), (6, 4, 3), (6,))]
    tasks, network = Tasks(*rows), Around(LAYERS[layer]()).double()
    options = {"steps": 2, "inner": SGD(0.02)} if learner == "maml" else {}
    meta = create(learner, network, MeanSquaredError(), **options)
    meta.loss(tasks).backward()
    weight, step = network.first.weight, 1e-5
    with torch.no_grad():
        weight[0, 0] += step
        up = meta.loss(tasks)
        weight[0, 0] -= 2 * step
        down = meta.loss(tasks)
    assert weight.grad[0, 0].item() == pytest.approx(((up - down) / (2 * step)).item(), rel=1e-6, abs=1e-8)
