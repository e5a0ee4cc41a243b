"""The outer gradients of every meta-learner against gradients worked out by hand, in numpy.

The network is linear, `f(x) = w'x`, so the support loss `|Xw - y|²/K` has gradient `2 X'(Xw - y)/K = A w - b`
with `A = 2X'X/K` and `b = 2X'y/K`, and one inner step is `phi = (I - rate A) w + rate b`.
"""

import numpy as np
import pytest
import torch
from torch import nn

from metaedu_plugin.training.losses import CrossEntropy, MeanSquaredError
from metaedu_plugin.training.meta import Tasks, create
from metaedu_plugin.training.meta.inner import SGD
from metaedu_plugin.training.meta.maml import MAML
from tests.training.toys import classification, regression

RATE, STEPS = 0.1, 3

pytestmark = pytest.mark.usefixtures("one_thread")


def quadratic(x, y):
    x, y = x.numpy(), y.numpy()
    return 2 * x.T @ x / len(x), 2 * x.T @ y / len(x)


def linear(d: int = 2) -> nn.Linear:
    torch.manual_seed(1)
    return nn.Linear(d, 1, bias=False).double()


def inner(w, a, b, steps=STEPS):
    for _ in range(steps):
        w = w - RATE * (a @ w - b)
    return w


@pytest.mark.parametrize("first_order", [False, True])
@pytest.mark.parametrize("vectorized", [True, False])
def test_maml_gradient_on_a_quadratic_is_the_hand_derived_one(first_order, vectorized):
    tasks, network = regression(), linear()
    learner = MAML(
        network, MeanSquaredError(), steps=STEPS, inner=SGD(RATE), first_order=first_order, vectorized=vectorized
    )
    loss = learner.loss(tasks)
    loss.backward()

    w, expected, losses = network.weight.detach().numpy()[0], [], []
    for i in range(len(tasks)):
        a, b = quadratic(tasks.support_x[i], tasks.support_y[i])
        phi = inner(w, a, b)
        a_query, b_query = quadratic(tasks.query_x[i], tasks.query_y[i])
        jacobian = np.eye(2) if first_order else np.linalg.matrix_power(np.eye(2) - RATE * a, STEPS)
        expected.append(jacobian.T @ (a_query @ phi - b_query))
        losses.append(np.mean((tasks.query_x[i].numpy() @ phi - tasks.query_y[i].numpy()) ** 2))
    assert loss.item() == pytest.approx(np.mean(losses), abs=1e-12)
    np.testing.assert_allclose(network.weight.grad.numpy()[0], np.mean(expected, 0), atol=1e-10)


def test_learned_inner_rate_has_the_hand_derived_gradient():
    tasks, network = regression(n=1), linear()
    learner = MAML(network, MeanSquaredError(), steps=1, inner=SGD(RATE, learn=True).double())
    learner.loss(tasks).backward()
    w = network.weight.detach().numpy()[0]
    a, b = quadratic(tasks.support_x[0], tasks.support_y[0])
    a_query, b_query = quadratic(tasks.query_x[0], tasks.query_y[0])
    slope = -(a @ w - b) @ (a_query @ inner(w, a, b, 1) - b_query)
    # The logarithm of the rate is what is learned; it is stored in single precision before the cast to double.
    assert learner.inner.log_rate.grad.item() == pytest.approx(slope * RATE, rel=1e-6)


class Factors(nn.Module):
    """`f(x) = head * (body'x)`: two parameters whose product the data see."""

    def __init__(self):
        super().__init__()
        self.body = nn.Parameter(torch.tensor([0.5, -0.3], dtype=torch.float64))
        self.head = nn.Parameter(torch.tensor([1.5], dtype=torch.float64))

    def forward(self, x):
        return (x @ self.body) * self.head


@pytest.mark.parametrize("first_order", [False, True])
def test_anil_is_maml_restricted_to_the_head(first_order):
    """One step: `h' = h - rate * mean 2z(hz - y)` with `z = x'body`; both gradients follow by the chain rule."""
    tasks, network = regression(n=1, k=4, q=3), Factors()
    learner = create(
        "anil", network, MeanSquaredError(), head="head", steps=1, inner=SGD(RATE), first_order=first_order
    )
    learner.loss(tasks).backward()

    body, head = network.body.detach().numpy(), network.head.item()
    (x, y), (xq, yq) = ((s.x[0].numpy(), s.y[0].numpy()) for s in (tasks.support, tasks.query))
    z, zq = x @ body, xq @ body
    adapted = head - RATE * np.mean(2 * z * (head * z - y))
    by_adapted = np.mean(2 * zq * (adapted * zq - yq))
    adapted_by_head = 1 - RATE * np.mean(2 * z * z)
    adapted_by_body = -RATE * np.mean(2 * (2 * head * z - y)[:, None] * x, 0)
    direct = np.mean((2 * (adapted * zq - yq) * adapted)[:, None] * xq, 0)
    if first_order:
        adapted_by_head, adapted_by_body = 1.0, 0.0
    assert network.head.grad.item() == pytest.approx(by_adapted * adapted_by_head, abs=1e-10)
    np.testing.assert_allclose(network.body.grad.numpy(), direct + by_adapted * adapted_by_body, atol=1e-10)
    assert set(learner.start()) == {"head"}


def test_anil_with_everything_in_the_head_is_maml():
    tasks = regression()
    losses = []
    for name, options in (("maml", {}), ("anil", {"head": "0"})):
        network = nn.Sequential(linear())
        losses.append(create(name, network, MeanSquaredError(), inner=SGD(RATE), **options).loss(tasks).item())
    assert losses[0] == losses[1]


def test_anil_names_the_heads_that_there_are():
    with pytest.raises(ValueError, match=r"no head named 'top'.*0, 1"):
        create("anil", nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1)), MeanSquaredError(), head="top")


def test_reptile_moves_towards_where_training_ends():
    """Plain outer SGD with rate eps is `w + eps * mean(phi_i - w)`, phi_i trained on all rows of its task."""
    tasks, network = regression(), linear()
    learner = create("reptile", network, MeanSquaredError(), steps=STEPS, inner=SGD(RATE))
    loss = learner.loss(tasks)
    loss.backward()
    w = network.weight.detach().clone().numpy()[0]
    torch.optim.SGD(learner.parameters(), lr=0.5).step()

    ends, losses = [], []
    for i in range(len(tasks)):
        rows = tasks.everything
        ends.append(inner(w, *quadratic(rows.x[i], rows.y[i])))
        phi = inner(w, *quadratic(tasks.support_x[i], tasks.support_y[i]))
        losses.append(np.mean((tasks.query_x[i].numpy() @ phi - tasks.query_y[i].numpy()) ** 2))
    np.testing.assert_allclose(network.weight.detach().numpy()[0], w + 0.5 * (np.mean(ends, 0) - w), atol=1e-10)
    assert loss.item() == pytest.approx(np.mean(losses), abs=1e-12)


@pytest.mark.parametrize("vectorized", [True, False])
def test_prototypical_gradient_is_the_hand_derived_one(vectorized):
    """`l_c = -|W(x - m_c)|²`, so `dL/dW = mean_q sum_c (p_c - [y = c]) * -2 W d_c d_c'` with `d_c = x - m_c`."""
    tasks = classification(n=3, k=6, q=5, classes=3, dtype=torch.float64)
    torch.manual_seed(1)
    network = nn.Linear(2, 4, bias=False).double()
    create("prototypical", network, CrossEntropy(3), vectorized=vectorized).loss(tasks).backward()

    w, expected = network.weight.detach().numpy(), []
    for i in range(len(tasks)):
        x, y = tasks.support_x[i].numpy(), tasks.support_y[i].numpy()
        means = np.stack([x[y == c].mean(0) for c in range(3)])
        offsets = tasks.query_x[i].numpy()[:, None] - means
        logits = -((offsets @ w.T) ** 2).sum(-1)
        wrong = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True) - np.eye(3)[tasks.query_y[i].numpy()]
        expected.append(-2 * w @ np.einsum("qc,qcd,qce->de", wrong, offsets, offsets) / len(logits))
    np.testing.assert_allclose(network.weight.grad.numpy(), np.mean(expected, 0), atol=1e-10)


@pytest.mark.parametrize("rows", [3, 20], ids=["dual", "primal"])
@pytest.mark.parametrize("vectorized", [True, False])
def test_ridge_gradients_are_the_hand_derived_ones(rows, vectorized):
    """With `M = X'X + lambda I`, `u = M^-1 X'y`, residuals r and `v = M^-1 Z'r`, by the rule for an inverse:
    `dL/dX = y v' - X(v u' + u v')`, `dL/dZ = r u'`, `dL/dlog lambda = -lambda v'u`.
    """
    tasks, penalty = regression(k=rows, q=5, d=3), 0.5
    torch.manual_seed(1)
    network = nn.Linear(3, 4, bias=False).double()
    learner = create("ridge", network, MeanSquaredError(), penalty=penalty, vectorized=vectorized).double()
    with torch.no_grad():  # The penalty is kept as a logarithm in single precision until the cast.
        learner.log_penalty.fill_(np.log(penalty))
    learner.loss(tasks).backward()

    w, found = network.weight.detach().numpy(), []
    for i in range(len(tasks)):
        s, y, q, yq = (t[i].numpy() for t in (tasks.support_x, tasks.support_y, tasks.query_x, tasks.query_y))
        x, z = np.c_[s @ w.T, np.ones(len(s))], np.c_[q @ w.T, np.ones(len(q))]
        m = x.T @ x + penalty * np.eye(5)
        u = np.linalg.solve(m, x.T @ y)
        r = 2 * (z @ u - yq) / len(yq)
        v = np.linalg.solve(m, z.T @ r)
        by_x = np.outer(y, v) - x @ (np.outer(v, u) + np.outer(u, v))
        by_w = by_x[:, :-1].T @ s + np.outer(r, u)[:, :-1].T @ q
        found.append((by_w, -penalty * v @ u, r @ (z @ u), r.sum()))
    by_w, by_penalty, by_scale, by_shift = (np.mean(part, 0) for part in zip(*found, strict=True))
    np.testing.assert_allclose(network.weight.grad.numpy(), by_w, atol=1e-10)
    ours = [p.grad.item() for p in (learner.log_penalty, learner.scale, learner.shift)]
    np.testing.assert_allclose(ours, [by_penalty, by_scale, by_shift], atol=1e-10)


def test_masked_rows_teach_nothing():
    tasks, network = regression(k=5, q=4), linear()
    support_mask = torch.tensor([[1, 1, 1, 0, 0]] * 3, dtype=torch.float64)
    query_mask = torch.tensor([[1, 1, 0, 0]] * 3, dtype=torch.float64)
    masked = Tasks(tasks.support_x, tasks.support_y, tasks.query_x, tasks.query_y, support_mask, query_mask)
    short = Tasks(tasks.support_x[:, :3], tasks.support_y[:, :3], tasks.query_x[:, :2], tasks.query_y[:, :2])
    for name in ("maml", "reptile", "ridge", "supervised"):
        learner = create(name, network, MeanSquaredError())
        assert learner.loss(masked).item() == pytest.approx(learner.loss(short).item(), abs=1e-7), name
