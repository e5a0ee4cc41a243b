"""Small networks and tasks for the tests of the meta-learners."""

import torch
from torch import nn

from metaedu_plugin.training.meta import Tasks


def mlp(inputs: int, outputs: int, width: int = 16) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, width), nn.Tanh(), nn.Linear(width, outputs))


def regression(*, n: int = 3, k: int = 5, q: int = 4, d: int = 2, seed: int = 0, dtype=torch.float64) -> Tasks:
    g = torch.Generator().manual_seed(seed)

    def draw(*shape):
        return torch.randn(*shape, generator=g, dtype=dtype)

    return Tasks(draw(n, k, d), draw(n, k), draw(n, q, d), draw(n, q))


def classification(
    *, n: int = 3, k: int = 6, q: int = 4, d: int = 2, classes: int = 3, seed: int = 0, dtype=None
) -> Tasks:
    g = torch.Generator().manual_seed(seed)
    support_y = torch.arange(k).remainder(classes).expand(n, k).clone()
    query_y = torch.randint(0, classes, (n, q), generator=g)
    support_x, query_x = (torch.randn(n, rows, d, generator=g, dtype=dtype) for rows in (k, q))
    return Tasks(support_x, support_y, query_x, query_y)


def sinusoids(n: int, k: int, q: int, generator: torch.Generator) -> Tasks:
    """The regression of Finn et al. 2017, section 5.1: amplitude 0.1 to 5, phase 0 to pi, x from -5 to 5."""
    amplitude = 0.1 + 4.9 * torch.rand(n, 1, 1, generator=generator)
    phase = torch.pi * torch.rand(n, 1, 1, generator=generator)
    x = 10 * torch.rand(n, k + q, 1, generator=generator) - 5
    y = amplitude * torch.sin(x - phase)
    return Tasks(x[:, :k], y[:, :k], x[:, k:], y[:, k:])
