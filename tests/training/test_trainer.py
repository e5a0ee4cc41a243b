"""The training loop: what it learns, reports, refuses, and how it stops."""

import random
from functools import partial

import numpy as np
import pytest
import torch
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from metaedu_plugin.training.losses import BinaryCrossEntropy, MeanSquaredError
from metaedu_plugin.training.meta import Tasks, create
from metaedu_plugin.training.trainable import StepResult
from metaedu_plugin.training.trainer import Trainer, TrainingDivergedError, pick_device
from tests.training.toys import mlp, regression

pytestmark = pytest.mark.usefixtures("one_thread")


def supervised(network=None, loss=None):
    return create("supervised", network or nn.Linear(2, 1), loss or MeanSquaredError())


def rows(n=4, seed=0):
    g = torch.Generator().manual_seed(seed)
    return [(torch.randn(8, 2, generator=g), torch.randn(8, generator=g)) for _ in range(n)]


def test_it_trains_any_network_from_data_loaders_as_well_as_scikit_learn():
    x, y = load_breast_cancer(return_X_y=True)
    x = (x - x[:400].mean(0)) / x[:400].std(0)
    data = [TensorDataset(torch.tensor(x[part], dtype=torch.float32), torch.tensor(y[part], dtype=torch.float32))
            for part in (slice(400), slice(400, None))]  # fmt: skip
    network = nn.Sequential(nn.Linear(30, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 1))
    reports = []
    trainer = Trainer(supervised(network, BinaryCrossEntropy()), epochs=15, on_epoch=reports.append)
    history = trainer.fit(DataLoader(data[0], 32, shuffle=True), DataLoader(data[1], 32))
    reference = LogisticRegression(max_iter=1000).fit(x[:400], y[:400]).score(x[400:], y[400:])
    assert history == reports
    assert [report.epoch for report in history] == list(range(1, 16))
    assert history[-1].test_accuracy >= reference - 0.03
    assert history[-1].train_loss < history[0].train_loss / 2
    with torch.no_grad():
        logits = network.eval()(data[1].tensors[0]).squeeze(-1)
    assert history[-1].test_accuracy == pytest.approx(
        ((logits > 0) == (data[1].tensors[1] > 0.5)).float().mean().item()
    )
    loss = nn.functional.binary_cross_entropy_with_logits(logits, data[1].tensors[1])
    assert history[-1].test_loss == pytest.approx(loss.item(), abs=1e-6)


@pytest.mark.parametrize("name", ["maml", "reptile", "ridge"])
def test_it_trains_meta_learners(name):
    random_tasks = [regression(dtype=torch.float32, seed=i) for i in range(3)]
    tasks = [Tasks(t.support_x, t.support_y + 3, t.query_x, t.query_y + 3) for t in random_tasks]
    history = Trainer(create(name, mlp(2, 1), MeanSquaredError()), epochs=8, device="cpu").fit(tasks, tasks)
    assert history[-1].train_loss < history[0].train_loss


def test_it_trains_a_network_with_a_loss_of_its_own():
    class Own(nn.Linear):
        def training_step(self, batch):
            loss = (self(batch["x"]) - 1).square().mean()
            return StepResult(loss, correct=1, count=2)

    batches = [{"x": torch.ones(4, 2)}]
    history = Trainer(Own(2, 1), epochs=30, optimizer=partial(torch.optim.SGD, lr=0.1)).fit(batches, batches)
    assert history[-1].test_loss < 1e-4
    assert history[-1].test_accuracy == 0.5


def test_plain_descent_is_that_of_a_plain_loop():
    torch.manual_seed(0)
    network = nn.Linear(2, 1)
    by_hand = nn.Linear(2, 1)
    by_hand.load_state_dict(network.state_dict())
    optimizer = torch.optim.SGD(by_hand.parameters(), 0.1)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.5)
    for _ in range(3):
        for x, y in rows():
            optimizer.zero_grad()
            nn.functional.mse_loss(by_hand(x).squeeze(-1), y).backward()
            nn.utils.clip_grad_norm_(by_hand.parameters(), 0.3)
            optimizer.step()
        schedule.step()
    Trainer(
        supervised(network), epochs=3, optimizer=partial(torch.optim.SGD, lr=0.1), clip_norm=0.3, device="cpu",
        schedule=partial(torch.optim.lr_scheduler.StepLR, step_size=1, gamma=0.5),
    ).fit(rows(), rows())  # fmt: skip
    torch.testing.assert_close(network.weight, by_hand.weight)


def test_the_same_seed_gives_the_same_result_and_another_seed_another():
    def run(seed):
        torch.manual_seed(0)
        network = nn.Sequential(nn.Dropout(0.3), mlp(2, 1))
        data = TensorDataset(*(torch.cat(part) for part in zip(*rows(), strict=True)))
        loader = DataLoader(data, 8, shuffle=True)
        return [r.train_loss for r in Trainer(supervised(network), epochs=3, seed=seed).fit(loader, rows())]

    assert run(1) == run(1)
    assert run(1) != run(2)


def test_the_generators_of_the_caller_are_left_alone():
    trainer = Trainer(supervised(), epochs=1)
    states = torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()
    trainer.fit(rows(), rows())
    assert torch.equal(states[0], torch.get_rng_state())
    assert states[1:] == (np.random.get_state()[1].tolist(), random.getstate())


def test_batches_may_be_made_anew_for_each_epoch():
    epochs = []

    def factory(epoch):
        epochs.append(epoch)
        return (batch for batch in rows(2, seed=epoch))

    Trainer(supervised(), epochs=3).fit(factory, rows())
    assert epochs == [1, 2, 3]


def test_early_stopping_returns_to_the_best_weights():
    """The test batch contradicts the training batch, so the test loss rises from the start."""
    network = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(network.weight)
    x = torch.ones(4, 1)
    trainer = Trainer(supervised(network), epochs=50, patience=3, optimizer=partial(torch.optim.SGD, lr=0.1))
    history = trainer.fit([(x, torch.ones(4))], [(x, -torch.ones(4))])
    assert len(history) == 4
    assert network.weight.item() == pytest.approx(0.2)
    assert history[0].test_loss == pytest.approx(1.2**2)


def test_divergence_names_the_place_and_what_to_try():
    batches = rows(4)
    batches[2][0][0, 0] = float("nan")
    with pytest.raises(TrainingDivergedError, match=r"loss is nan at epoch 1, after step 2\..*clip_norm"):
        Trainer(supervised()).fit(batches, rows())
    network = nn.Linear(2, 1)
    with pytest.raises(TrainingDivergedError, match="lower learning rate"):
        Trainer(supervised(network), epochs=90, optimizer=partial(torch.optim.SGD, lr=1e6)).fit(rows(), rows())
    assert network.weight.isfinite().all()


def test_a_gradient_that_is_no_number_never_reaches_the_weights():
    class Root(nn.Linear):
        def forward(self, x):
            return (super().forward(x) * 0).sqrt()

    network = Root(2, 1)
    with pytest.raises(TrainingDivergedError, match="gradient is nan"):
        Trainer(supervised(network)).fit(rows(), rows())
    assert network.weight.isfinite().all()


def test_batches_that_cannot_be_gone_through_again_or_are_empty_are_refused():
    with pytest.raises(TypeError, match="only once"):
        Trainer(supervised()).fit(iter(rows()), rows())
    with pytest.raises(ValueError, match="train batches hold nothing"):
        Trainer(supervised()).fit([], rows())
    with pytest.raises(ValueError, match="test batches hold nothing"):
        Trainer(supervised()).fit(rows(), [])


def test_the_device_is_the_gpu_when_there_is_one():
    assert pick_device().type == ("cuda" if torch.cuda.is_available() else "cpu")
