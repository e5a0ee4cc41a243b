"""Any network with the meta-learners: what is frozen, tied, unused, replaced or recurrent in it; what cannot work."""

import pytest
import torch
from torch import nn
from torch.nn.utils.parametrizations import weight_norm

from metaedu_plugin.training.losses import BinaryCrossEntropy, CrossEntropy, MeanSquaredError
from metaedu_plugin.training.meta import META_LEARNERS, Examples, Tasks, create
from metaedu_plugin.training.meta.batching import UnfitNetworkError
from metaedu_plugin.training.meta.inner import SGD
from tests.training.toys import classification, mlp, regression

pytestmark = pytest.mark.usefixtures("one_thread")

LEARNERS = {
    "maml": {},
    "anil": {"head": "head"},
    "reptile": {},
    "prototypical": {},
    "ridge": {},
    "supervised": {"steps": 2},
}


class Whole(nn.Module):
    def __init__(self, body: nn.Module):
        super().__init__()
        self.body, self.head = body, nn.Linear(8, 3, bias=False)

    def forward(self, x):
        return self.head(self.body(x))


class Last(nn.Module):
    """Last state of a recurrent layer."""

    def __init__(self, layer: nn.Module):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x)[0][:, -1]


class Mean(nn.Module):
    def forward(self, x):
        return x.mean(1)


class Counting(nn.Linear):
    """Unused parameters, a buffer that is used and one that is changed in place."""

    def __init__(self):
        super().__init__(3, 8)
        self.unused = nn.Parameter(torch.ones(2))
        self.register_buffer("scale", torch.rand(8))
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x):
        self.calls += 1
        return super().forward(x) * self.scale


def frozen():
    network = mlp(3, 8)
    network[0].requires_grad_(False)
    return network


WORDS, ROWS, SEQUENCES, IMAGES = "words", (3,), (5, 3), (1, 6, 6)
NETWORKS = {
    "embedding": (lambda: nn.Sequential(nn.Embedding(7, 8, padding_idx=0), Mean()), WORDS),
    "GRU": (lambda: Last(nn.GRU(3, 8, batch_first=True)), SEQUENCES),
    "RNN of two layers": (lambda: Last(nn.RNN(3, 8, 2, dropout=0.1, batch_first=True)), SEQUENCES),
    "transformer, norm first": (
        lambda: nn.Sequential(
            nn.Linear(3, 8), nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=True), Mean()
        ),
        SEQUENCES,
    ),
    "batch normalisation without statistics": (
        lambda: nn.Sequential(
            nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4, track_running_stats=False), nn.ReLU(), nn.Dropout2d(0.2),
            nn.MaxPool2d(2), nn.Flatten(), nn.Linear(16, 8),
        ),
        IMAGES,
    ),
    "buffers and unused parameters": (Counting, ROWS),
    "frozen layer": (frozen, ROWS),
    "weight normalisation": (lambda: weight_norm(nn.Linear(3, 8)), ROWS),
}  # fmt: skip


def draw(shape, n, k, dtype):
    return torch.randint(0, 7, (n, k, 4)) if shape == WORDS else torch.randn(n, k, *shape, dtype=dtype)


@pytest.mark.filterwarnings("ignore:There is a performance drop")
@pytest.mark.parametrize("name", META_LEARNERS)
@pytest.mark.parametrize("network", NETWORKS)
def test_it_trains_and_one_task_alone_is_as_in_the_batch(name, network):
    torch.manual_seed(0)
    make, shape = NETWORKS[network]
    mask = torch.ones(3, 6)
    mask[1, 3:] = 0
    tasks = Tasks(
        draw(shape, 3, 6, torch.float64), torch.arange(6).remainder(3).repeat(3, 1),
        draw(shape, 3, 4, torch.float64), torch.randint(0, 3, (3, 4)), mask,
    )  # fmt: skip
    learner = create(name, Whole(make()), CrossEntropy(3), **LEARNERS[name]).double()
    before = {key: value.clone() for key, value in learner.network.named_parameters()}
    learner.loss(tasks).backward()
    gradients = [p.grad for p in learner.parameters() if p.grad is not None]
    assert all(g.isfinite().all() for g in gradients)
    assert sum(g.abs().sum() for g in gradients) > 0
    assert all(torch.equal(value, before[key]) for key, value in learner.network.named_parameters())
    learner.eval()
    with torch.no_grad():
        together = learner.outputs(tasks)
        for i in range(3):
            kept = mask[i].bool()
            support = Examples.of(tasks.support_x[i][kept], tasks.support_y[i][kept])
            if "without statistics" not in network or kept.all():
                alone = learner.predict(learner.adapt(support), tasks.query_x[i])
                torch.testing.assert_close(alone, together[i], rtol=1e-7, atol=1e-9)
    assert together.dtype == torch.float64


def test_frozen_parameters_stay_as_they_are_and_the_rest_adapts_even_when_frozen_later():
    network = frozen()
    learner = create("maml", network, CrossEntropy(8))
    support = Examples.of(torch.randn(5, 3), torch.arange(5))
    assert set(learner.adapt(support)) == {"2.weight", "2.bias"}
    trained = learner.adapt(support)["2.weight"].detach()
    learner.requires_grad_(False)
    adapted = learner.adapt(support)["2.weight"]
    torch.testing.assert_close(adapted, trained)
    assert not adapted.requires_grad
    assert not torch.equal(adapted, network[2].weight)
    with pytest.raises(ValueError, match="nothing to adapt"):
        create("maml", nn.Linear(2, 2).requires_grad_(False), CrossEntropy(2))


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.head = nn.Embedding(7, 8), nn.Linear(8, 7, bias=False)
        self.head.weight = self.embedding.weight

    def forward(self, x):
        return self.head(self.embedding(x).mean(1))


def test_tied_parameters_adapt_as_one():
    torch.manual_seed(0)
    tasks = Tasks(*(torch.randint(0, 7, shape) for shape in ((3, 6, 2), (3, 6), (3, 4, 2), (3, 4))))
    network = Tied().double()
    losses = [
        create(name, network, CrossEntropy(7), **options).loss(tasks).item()
        for name, options in (("maml", {}), ("anil", {"head": "head"}), ("anil", {"head": "embedding"}))
    ]
    assert losses[0] == pytest.approx(losses[1], abs=1e-12) == pytest.approx(losses[2], abs=1e-12)
    weight = network.embedding.weight.detach().clone().requires_grad_()
    x, y = tasks.support_x[0], tasks.support_y[0]
    loss = nn.functional.cross_entropy(weight[x].mean(1) @ weight.T, y)
    adapted = weight - 0.1 * torch.autograd.grad(loss, weight)[0]
    maml = create("maml", network, CrossEntropy(7), steps=1, inner=SGD(0.1))
    expected = adapted[tasks.query_x[0]].mean(1) @ adapted.T
    ours = maml.adapt_and_predict(Examples.of(x, y), tasks.query_x[0])
    torch.testing.assert_close(ours, expected, rtol=1e-9, atol=1e-9)


class TwoOutputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.chance, self.time = nn.Linear(2, 1), nn.Linear(2, 1)

    def forward(self, x):
        return self.chance(x), self.time(x)


class Both:
    def __call__(self, outputs, targets, mask):
        right = BinaryCrossEntropy()(outputs[0], targets[..., 0], mask)
        return right + MeanSquaredError()(outputs[1], targets[..., 1], mask)

    def correct(self, outputs, targets, mask):
        return BinaryCrossEntropy().correct(outputs[0], targets[..., 0], mask)


@pytest.mark.parametrize("name", ["maml", "reptile", "supervised"])
def test_several_outputs_each_with_its_own_loss(name):
    torch.manual_seed(0)
    tasks = Tasks(torch.randn(3, 5, 2), torch.rand(3, 5, 2).round(), torch.randn(3, 4, 2), torch.rand(3, 4, 2).round())
    learner = create(name, TwoOutputs(), Both(), **LEARNERS[name])
    result = learner.training_step(tasks)
    result.loss.backward()
    assert learner.network.time.weight.grad.abs().sum() > 0
    assert 0 <= result.correct <= result.count
    assert [o.shape for o in learner.eval().outputs(tasks)] == [(3, 4, 1), (3, 4, 1)]


class Remembers(nn.Linear):
    """Replaces a buffer in every call."""

    def __init__(self):
        super().__init__(2, 3)
        self.register_buffer("memory", torch.zeros(3))

    def forward(self, x):
        outputs = super().forward(x)
        self.memory = outputs.mean(0).detach()
        return outputs


@pytest.mark.parametrize(
    ("network", "options", "says"),
    [
        (lambda: nn.Sequential(nn.Embedding(7, 3, sparse=True), Mean()), {}, "sparse=False"),
        (lambda: nn.LazyLinear(3), {}, "Call the network once"),
        (lambda: nn.EmbeddingBag(7, 3), {}, "no second derivative"),
        (Remembers, {"vectorized": True}, "buffer 'memory'"),
    ],
)
def test_what_cannot_work_says_so(network, options, says):
    words = isinstance(network(), nn.EmbeddingBag)
    rows = Tasks(*(torch.randint(0, 7, s) for s in ((2, 4, 3), (2, 4), (2, 4, 3), (2, 4)))) if words else None
    made = network()
    with pytest.raises(UnfitNetworkError, match=says):
        create("maml", made, CrossEntropy(3), **options).loss(rows or classification())
    assert all(not torch._C._functorch.is_functorch_wrapped_tensor(buffer) for buffer in made.buffers())


@pytest.mark.parametrize("name", ["ridge", "prototypical"])
def test_features_of_another_shape_are_refused(name):
    with pytest.raises(ValueError, match=r"features \[rows, D\]"):
        create(name, nn.Flatten(0), CrossEntropy(3)).loss(classification())


def test_adaptation_works_where_no_gradients_are_kept():
    learner = create("maml", mlp(2, 1).double(), MeanSquaredError()).eval()
    tasks = regression()
    expected = learner.outputs(tasks).detach()
    with torch.no_grad():
        torch.testing.assert_close(learner.outputs(tasks), expected)
    with torch.inference_mode():
        torch.testing.assert_close(learner.outputs(regression()), expected)


def test_inside_a_vmap_of_ones_own_it_says_what_to_call():
    learner = create("maml", mlp(2, 1).double(), MeanSquaredError())
    tasks = regression()
    with pytest.raises(UnfitNetworkError, match="adapt_all"):
        torch.func.vmap(learner.adapt)(tasks.support)


@pytest.mark.parametrize("name", META_LEARNERS)
def test_two_trainings_with_the_same_seed_agree_to_the_bit(name):
    from metaedu_plugin.training.trainer import Trainer

    ends = []
    for _ in range(2):
        torch.manual_seed(0)
        body = nn.Sequential(nn.Linear(2, 8), nn.Dropout(0.3), nn.Tanh())
        learner = create(name, Whole(body), CrossEntropy(3), **LEARNERS[name])
        batches = [classification(dtype=torch.float32, seed=seed) for seed in range(3)]
        report = Trainer(learner, epochs=2, device="cpu", seed=5).fit(batches, batches)[-1]
        ends.append([report.train_loss, report.test_loss, *(p.detach().clone() for p in learner.parameters())])
    assert ends[0][:2] == ends[1][:2]
    assert all(torch.equal(a, b) for a, b in zip(ends[0][2:], ends[1][2:], strict=True))
