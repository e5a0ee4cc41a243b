"""Meta-learning pays: regression of sinusoids, and digits of classes that were never trained on."""

import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier
from torch import nn

from metaedu_plugin.training.losses import CrossEntropy, MeanSquaredError
from metaedu_plugin.training.meta import Examples, Tasks, create
from metaedu_plugin.training.meta.inner import SGD
from tests.training.toys import sinusoids

pytestmark = pytest.mark.usefixtures("one_thread")

MSE_MARK = 0.4
"""Post-adaptation error after 600 outer steps; always answering 0 has about 4.9."""
ONE_SHOT, FIVE_SHOT = (1, 0.5, 0.05), (5, 0.65, 0.15)
"""Shots, least accuracy of five ways (chance is 0.2), and least gain over either baseline."""


def train(learner, draw, steps, rate):
    optimizer = torch.optim.Adam(learner.parameters(), rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(steps):
        optimizer.zero_grad()
        learner.loss(draw()).backward()
        nn.utils.clip_grad_norm_(learner.parameters(), 10.0)
        optimizer.step()
        schedule.step()
    return learner.eval()


@torch.no_grad()
def error(learner, tasks):
    return learner.eval().loss(tasks).item()


def tanh_network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(1, 40), nn.Tanh(), nn.Linear(40, 40), nn.Tanh(), nn.Linear(40, 1))


def test_sinusoids_from_ten_points():
    """Setting of Finn et al. 2017, section 5.1, against the same network from scratch and trained on all tasks."""
    test, g = sinusoids(200, 10, 100, torch.Generator().manual_seed(99)), torch.Generator().manual_seed(1)
    loss = MeanSquaredError()
    maml = create("maml", tanh_network(), loss, steps=5, inner=SGD(0.02, learn=True))
    reached = error(train(maml, lambda: sinusoids(12, 10, 20, g), 600, 5e-3), test)
    average = train(create("supervised", tanh_network(), loss), lambda: sinusoids(12, 10, 20, g), 600, 5e-3)

    def fine_tuned(network):
        choices = [(5, 0.01), (5, 0.02), (50, 0.01), (50, 0.02)]
        return min(error(create("maml", network, loss, steps=n, inner=SGD(rate)), test) for n, rate in choices)

    assert reached < MSE_MARK
    assert reached < fine_tuned(average.network) / 2, "adapting a network that was trained on the average task"
    assert reached < fine_tuned(tanh_network()) / 4, "adapting a network from scratch"


CANVAS, WAYS = 12, 5
DIGITS = load_digits()


def placed(classes, g, turns=1):
    """Digits of each class somewhere on a larger canvas; each quarter turn of a class counts as a class of its own."""
    pools = []
    for c in classes:
        images = torch.tensor(DIGITS.images[DIGITS.target == c], dtype=torch.float32).div(16).unsqueeze(1)
        for turn in range(turns):
            room = nn.functional.pad(images.rot90(turn, (2, 3)), (0, CANVAS - 8, 0, CANVAS - 8))
            shifts = torch.randint(0, CANVAS - 7, (len(images), 2), generator=g).tolist()
            pools.append(torch.stack([image.roll(shift, (1, 2)) for image, shift in zip(room, shifts, strict=True)]))
    return pools


def few_shot(pools, n, shots, queries, g):
    support, query = [], []
    for _ in range(n):
        chosen = [pools[c] for c in torch.randperm(len(pools), generator=g)[:WAYS]]
        rows = [pool[torch.randperm(len(pool), generator=g)[: shots + queries]] for pool in chosen]
        support.append(torch.cat([r[:shots] for r in rows]))
        query.append(torch.cat([r[shots:] for r in rows]))
    labels = torch.arange(WAYS)
    y = (labels.repeat_interleave(shots).repeat(n, 1), labels.repeat_interleave(queries).repeat(n, 1))
    return Tasks(torch.stack(support), y[0], torch.stack(query), y[1])


class Embedding(nn.Sequential):
    def __init__(self, outputs):
        torch.manual_seed(0)
        super().__init__(
            nn.Conv2d(1, 24, 3, padding=1), nn.ReLU(), nn.Conv2d(24, 48, 3, padding=1, stride=2), nn.ReLU(),
            nn.Conv2d(48, 48, 3, padding=1), nn.ReLU(), nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(48, outputs),
        )  # fmt: skip


@torch.no_grad()
def accuracy(learner, tasks):
    result = learner.eval().training_step(tasks)
    return (result.correct / result.count).item()


def nearest_neighbour(tasks):
    right = []
    for task in tasks:
        x, y, _ = (t[0].flatten(1).numpy() if t.dim() > 3 else t[0].numpy() for t in task.support)
        queries = task.query_x[0].flatten(1).numpy()
        right.append(KNeighborsClassifier(1).fit(x, y).score(queries, task.query_y[0].numpy()))
    return sum(right) / len(right)


def from_scratch(tasks):
    """An untrained network fitted to each support until it fits: the best of several lengths."""
    few = Tasks(tasks.support_x[:15], tasks.support_y[:15], tasks.query_x[:15], tasks.query_y[:15])
    results = [
        accuracy(create("maml", Embedding(5), CrossEntropy(5), steps=steps, inner=SGD(0.3)), few) for steps in (20, 50)
    ]
    return max(results)


@pytest.fixture(scope="module")
def exams():
    """Tasks of the digits 5 to 9, each with the accuracy of the better baseline."""
    g = torch.Generator().manual_seed(7)
    held_out = placed(range(5, 10), g)
    tasks = {shots: few_shot(held_out, 60, shots, 10, g) for shots in (1, 5)}
    return {shots: (test, max(nearest_neighbour(test), from_scratch(test))) for shots, test in tasks.items()}


@pytest.mark.parametrize("name", ["prototypical", "ridge"])
def test_unseen_digits_from_few_examples(name, exams):
    """Trained on tasks of the digits 0 to 4, tested on 5 to 9, each somewhere on its canvas."""
    g = torch.Generator().manual_seed(0)
    pools = placed(range(5), g, turns=4)
    learner = create(name, Embedding(32), CrossEntropy(WAYS))
    train(learner, lambda: few_shot(pools, 6, 5, 5, g), 170, 4e-3)
    for shots, mark, gain in (ONE_SHOT, FIVE_SHOT):
        test, baseline = exams[shots]
        reached = accuracy(learner, test)
        assert reached >= mark
        assert reached >= baseline + gain


def test_renaming_the_classes_renames_the_predictions():
    g = torch.Generator().manual_seed(0)
    task = few_shot(placed(range(5), g), 1, 5, 10, g)
    learner = create("ridge", Embedding(32), CrossEntropy(5)).eval()
    x, y, _ = (t[0] for t in task.support)
    turned = learner.predict(learner.adapt(Examples.of(x, (y + 1) % 5)), task.query_x[0])
    straight = learner.predict(learner.adapt(Examples.of(x, y)), task.query_x[0])
    torch.testing.assert_close(turned.roll(-1, -1), straight, rtol=1e-4, atol=1e-4)
