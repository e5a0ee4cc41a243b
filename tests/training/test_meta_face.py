"""What all meta-learners promise alike: any network, all tasks at once, the same seed the same result, clear errors."""

import pytest
import torch
from torch import nn

from metaedu_plugin.training.losses import BinaryCrossEntropy, CrossEntropy, MeanSquaredError
from metaedu_plugin.training.meta import META_LEARNERS, Examples, Tasks, create
from metaedu_plugin.training.meta.batching import UnfitNetworkError
from metaedu_plugin.training.meta.inner import SGD, Adam
from tests.training.toys import classification, mlp

OPTIONS = {"anil": {"head": "head"}}

pytestmark = pytest.mark.usefixtures("one_thread")


class Body(nn.Module):
    """Any network with a last layer called head."""

    def __init__(self, body: nn.Module, features: int, outputs: int):
        super().__init__()
        self.body, self.head = body, nn.Linear(features, outputs)

    def forward(self, x):
        return self.head(self.body(x))


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = nn.Sequential(nn.LayerNorm(12), nn.Linear(12, 12), nn.GELU(), nn.Dropout(0.1), nn.Linear(12, 12))
        self.register_buffer("scale", torch.tensor(0.5))

    def forward(self, x):
        return x + self.scale * self.block(x)


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 8, batch_first=True)

    def forward(self, x):
        return self.lstm(x)[0][:, -1]


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.layer = nn.Linear(3, 8), nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)

    def forward(self, x):
        return self.layer(self.embed(x)).mean(1)


def conv():
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.GroupNorm(2, 8), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(32, 8)
    )


NETWORKS = {
    "convolutions": (conv, 8, (1, 4, 4)),
    "residual with dropout and a buffer": (Residual, 12, (12,)),
    "attention": (Attention, 8, (5, 3)),
    "LSTM": (Recurrent, 8, (5, 3)),
}


@pytest.mark.parametrize("name", META_LEARNERS)
@pytest.mark.parametrize("network", NETWORKS)
def test_any_network_trains_with_any_meta_learner(name, network):
    torch.manual_seed(0)
    make, features, shape = NETWORKS[network]
    tasks = Tasks(
        torch.randn(3, 6, *shape), torch.arange(6).remainder(3).repeat(3, 1),
        torch.randn(3, 4, *shape), torch.randint(0, 3, (3, 4)),
    )  # fmt: skip
    learner = create(name, Body(make(), features, 3), CrossEntropy(3), **OPTIONS.get(name, {}))
    learner.loss(tasks).backward()
    assert any(p.grad is not None and p.grad.abs().sum() > 0 for p in learner.network.body.parameters())
    learner.eval()
    adapted = learner.adapt(Examples.of(tasks.support_x[0], tasks.support_y[0]))
    alone = learner.predict(adapted, tasks.query_x[0])
    torch.testing.assert_close(alone, learner.outputs(tasks)[0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("inner", [SGD(0.1), SGD(0.1, learn=True), Adam(0.05)], ids=["SGD", "learned rate", "Adam"])
@pytest.mark.parametrize("name", ["maml", "anil", "reptile", "prototypical", "ridge"])
def test_all_tasks_at_once_is_one_task_after_the_other(name, inner):
    tasks = classification(dtype=torch.float64)
    gradients = []
    options = {"inner": inner} if name in ("maml", "anil", "reptile") else {}
    for how in ({"vectorized": True}, {"vectorized": True, "chunk": 2}, {"vectorized": False}):
        torch.manual_seed(0)
        learner = create(name, Body(mlp(2, 8), 8, 3), CrossEntropy(3), **OPTIONS.get(name, {}), **options, **how)
        learner.double().zero_grad()
        learner.loss(tasks).backward()
        gradients.append([p.grad for p in learner.parameters() if p.grad is not None])
    for other in gradients[1:]:
        torch.testing.assert_close(other, gradients[0], rtol=1e-6, atol=1e-8)


def test_adam_takes_the_steps_of_torch():
    torch.manual_seed(0)
    start = {"w": torch.randn(5, dtype=torch.float64)}
    theirs = nn.Parameter(start["w"].clone())
    optimizer, inner = torch.optim.Adam([theirs], lr=0.05), Adam(0.05)
    ours, state = start, inner.start(start)
    for _ in range(4):
        optimizer.zero_grad()
        theirs.square().sum().backward()
        optimizer.step()
        ours, state = inner.step(ours, {"w": 2 * ours["w"]}, state)
    torch.testing.assert_close(ours["w"], theirs.detach(), rtol=1e-6, atol=1e-8)


def test_dropout_differs_between_tasks_and_repeats_with_the_seed():
    one = torch.ones(1, 4, 2)
    tasks = Tasks(*(t.repeat(5, *(1,) * (t.dim() - 1)) for t in (one, one[..., 0], one, one[..., 0])))
    learner = create("maml", nn.Sequential(nn.Dropout(0.5), mlp(2, 1)), MeanSquaredError())
    runs = []
    for _ in range(2):
        torch.manual_seed(3)
        runs.append(learner.outputs(tasks))
    assert torch.equal(*runs)
    assert not torch.allclose(runs[0][0], runs[0][1])


@pytest.mark.parametrize("name", ["maml", "prototypical"])
def test_batch_normalisation_is_refused_with_the_way_out(name):
    network = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    with pytest.raises(UnfitNetworkError, match=r"'1' \(BatchNorm1d\).*GroupNorm"):
        create(name, network, CrossEntropy(3))
    torch.func.replace_all_batch_norm_modules_(network)
    create(name, network, CrossEntropy(3)).loss(classification()).backward()


def test_what_cannot_be_batched_is_refused_with_the_way_out():
    with pytest.raises(UnfitNetworkError, match="vectorized=False"):
        create("maml", Recurrent(), MeanSquaredError(), vectorized=True)

    class Branching(nn.Linear):
        def forward(self, x):
            return super().forward(x if x.sum() > 0 else -x)

    with pytest.raises(UnfitNetworkError, match="vectorized=False"):
        create("maml", Branching(2, 3), CrossEntropy(3), vectorized=True).loss(classification())
    create("maml", Branching(2, 3), CrossEntropy(3), vectorized=False).loss(classification()).backward()
    with pytest.warns(UserWarning, match="one by one"):
        create("maml", Branching(2, 3), CrossEntropy(3)).loss(classification()).backward()


def test_errors_of_the_network_itself_are_not_dressed_up():
    with pytest.raises(RuntimeError, match=r"batch2 tensor to be: \[3, 2\] but got: \[3, 7\]") as caught:
        create("maml", nn.Linear(7, 3), CrossEntropy(3)).loss(classification())
    assert not isinstance(caught.value, UnfitNetworkError)


def test_no_support_leaves_the_initialisation():
    learner = create("maml", mlp(2, 1), BinaryCrossEntropy())
    x = torch.randn(4, 2)
    empty = learner.adapt(Examples.of(torch.zeros(0, 2), torch.zeros(0)))
    torch.testing.assert_close(learner.predict(empty, x), learner.network(x))


def test_unknown_names_and_ragged_tasks_are_refused():
    with pytest.raises(ValueError, match=r"no meta-learner 'mamml'.*maml, anil"):
        create("mamml", nn.Identity(), MeanSquaredError())
    with pytest.raises(TypeError, match="CrossEntropy"):
        create("prototypical", nn.Identity(), MeanSquaredError())
    with pytest.raises(ValueError, match="support"):
        Tasks(torch.zeros(2, 3, 1), torch.zeros(2, 4), torch.zeros(2, 3, 1), torch.zeros(2, 3))
