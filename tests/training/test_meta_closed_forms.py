"""Prototypical and ridge against numpy and scikit-learn; supervised against a plain loop; the losses against both."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge as SklearnRidge
from sklearn.metrics import accuracy_score, log_loss
from sklearn.neighbors import NearestCentroid
from torch import nn

from metaedu_plugin.training.losses import BinaryCrossEntropy, CrossEntropy, MeanSquaredError
from metaedu_plugin.training.meta import Examples, Tasks, create
from metaedu_plugin.training.meta.ridge import eliminate
from tests.training.toys import classification, mlp, regression

pytestmark = pytest.mark.usefixtures("one_thread")


def test_prototypical_is_the_nearest_class_mean():
    tasks = classification(n=4, k=9, q=20, classes=3)
    learner = create("prototypical", nn.Identity(), CrossEntropy(3))
    outputs = learner.outputs(tasks).numpy()
    for i in range(len(tasks)):
        x, y, queries = tasks.support_x[i].numpy(), tasks.support_y[i].numpy(), tasks.query_x[i].numpy()
        means = np.stack([x[y == c].mean(0) for c in range(3)])
        np.testing.assert_allclose(outputs[i], -((queries[:, None] - means) ** 2).sum(-1), atol=1e-5)
        np.testing.assert_array_equal(outputs[i].argmax(-1), NearestCentroid().fit(x, y).predict(queries))
    probabilities = torch.from_numpy(outputs).softmax(-1).flatten(0, 1).numpy()
    expected = log_loss(tasks.query_y.flatten().numpy(), probabilities, labels=[0, 1, 2])
    assert learner.loss(tasks).item() == pytest.approx(expected, abs=1e-5)


def test_a_class_that_the_support_does_not_show_is_never_predicted():
    support = Examples.of(torch.randn(4, 2), torch.tensor([0, 0, 2, 2]))
    learner = create("prototypical", nn.Identity(), CrossEntropy(3))
    logits = learner.predict(learner.adapt(support), torch.randn(50, 2))
    assert not (logits.argmax(-1) == 1).any()
    assert logits.isfinite().all()


@pytest.mark.parametrize("rows", [3, 5, 40], ids=["fewer rows than features", "as many", "more rows than features"])
def test_ridge_is_ridge_regression(rows):
    tasks = regression(n=2, k=rows, q=6, d=4)
    learner = create("ridge", nn.Identity(), MeanSquaredError(), penalty=0.3).double()
    outputs = learner.outputs(tasks).detach().numpy()
    for i in range(2):
        x, queries = (np.c_[t[i].numpy(), np.ones(len(t[i]))] for t in (tasks.support_x, tasks.query_x))
        fitted = SklearnRidge(alpha=0.3, fit_intercept=False, tol=1e-12).fit(x, tasks.support_y[i].numpy())
        by_hand = np.linalg.solve(x.T @ x + 0.3 * np.eye(5), x.T @ tasks.support_y[i].numpy())
        # 1e-6: the penalty is stored as a logarithm in single precision.
        np.testing.assert_allclose(outputs[i, :, 0], fitted.predict(queries), atol=1e-6)
        np.testing.assert_allclose(outputs[i, :, 0], queries @ by_hand, atol=1e-6)


def test_ridge_meta_learns_its_penalty_and_scale():
    learner = create("ridge", mlp(2, 8), MeanSquaredError())
    learner.loss(regression(dtype=torch.float32)).backward()
    for parameter in (learner.log_penalty, learner.scale, learner.shift):
        assert parameter.grad.abs() > 0


@settings(max_examples=30, deadline=None)
@given(size=st.integers(1, 30), columns=st.integers(1, 4), penalty=st.floats(1e-4, 10), seed=st.integers(0, 999))
def test_elimination_solves_what_torch_solves(size, columns, penalty, seed):
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(size + 3, size, generator=g, dtype=torch.float64)
    matrix = x.T @ x + penalty * torch.eye(size, dtype=torch.float64)
    right = torch.randn(size, columns, generator=g, dtype=torch.float64)
    torch.testing.assert_close(eliminate(matrix, right), torch.linalg.solve(matrix, right), rtol=1e-7, atol=1e-8)


def test_supervised_loss_is_the_plain_loss_over_all_rows():
    tasks, network = regression(dtype=torch.float32), mlp(2, 1)
    learner = create("supervised", network, MeanSquaredError())
    x, y, _ = (rows.flatten(0, 1) for rows in tasks.everything)
    plain = nn.functional.mse_loss(network(x).squeeze(-1), y)
    assert learner.loss(tasks).item() == pytest.approx(plain.item(), abs=1e-6)
    assert learner.training_step((x, y)).loss.item() == pytest.approx(plain.item(), abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(order=st.permutations(range(6)), name=st.sampled_from(["maml", "reptile", "prototypical", "ridge"]))
def test_the_order_of_the_support_does_not_matter(order, name):
    torch.manual_seed(0)
    tasks = classification()
    learner = create(name, mlp(2, 3), CrossEntropy(3)).eval()
    shuffled = Tasks(tasks.support_x[:, order], tasks.support_y[:, order], tasks.query_x, tasks.query_y)
    with torch.no_grad():
        torch.testing.assert_close(learner.outputs(shuffled), learner.outputs(tasks), rtol=1e-4, atol=1e-5)


@settings(max_examples=25, deadline=None)
@given(hidden=st.integers(0, 4), seed=st.integers(0, 99))
def test_losses_and_accuracies_are_those_of_scikit_learn_on_the_kept_rows(hidden, seed):
    g = torch.Generator().manual_seed(seed)
    mask = torch.cat([torch.ones(6), torch.zeros(hidden)])
    kept, rows = 6, 6 + hidden
    logits, y = torch.randn(rows, generator=g), torch.arange(rows) % 2
    loss = BinaryCrossEntropy()
    expected = log_loss(y[:kept].numpy(), logits[:kept].double().sigmoid().numpy())
    assert loss(logits.unsqueeze(-1), y, mask).item() == pytest.approx(expected, abs=1e-5)
    right = accuracy_score(y[:kept], logits[:kept] > 0, normalize=False)
    assert loss.correct(logits, y, mask).item() == right

    classes = torch.randn(rows, 3, generator=g)
    labels = torch.arange(rows) % 3
    expected = log_loss(labels[:kept].numpy(), classes[:kept].double().softmax(-1).numpy())
    assert CrossEntropy(3)(classes, labels, mask).item() == pytest.approx(expected, abs=1e-5)
    right = accuracy_score(labels[:kept], classes[:kept].argmax(-1), normalize=False)
    assert CrossEntropy(3).correct(classes, labels, mask).item() == right


def test_mean_squared_error_counts_what_is_within_the_tolerance():
    loss, y = MeanSquaredError(tolerance=0.2), torch.tensor([0.0, 1.0, 2.0])
    outputs, mask = torch.tensor([[0.1], [1.5], [2.0]]), torch.ones(3)
    assert loss(outputs, y, mask).item() == pytest.approx((0.01 + 0.25) / 3)
    assert loss.correct(outputs, y, mask).item() == 2


def test_a_loss_never_broadcasts():
    with pytest.raises(ValueError, match="must agree"):
        MeanSquaredError()(torch.zeros(4, 4), torch.zeros(4), torch.ones(4))
    with pytest.raises(ValueError, match="2 logits for 3 classes"):
        CrossEntropy(3)(torch.zeros(4, 2), torch.zeros(4), torch.ones(4))
