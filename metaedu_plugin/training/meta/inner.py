"""Inner optimisers: steps that can themselves be differentiated."""

from __future__ import annotations

import math
from typing import Any, Protocol

import torch
from torch import Tensor, nn

Params = dict[str, Tensor]


class InnerOptimizer(Protocol):
    """A pure step: nothing is changed in place, so that the outer gradient can flow through it.

    It works number by number, since the tensors of N tasks come at once, with a leading dimension N.
    """

    def start(self, params: Params) -> Any:
        """State before the first step: a tensor, or tuples, lists and dicts of tensors."""

    def step(self, params: Params, grads: Params, state: Any) -> tuple[Params, Any]:
        """Parameters and state after one step."""


class SGD(nn.Module):
    """Gradient descent with a fixed rate, or one that is meta-learned along with the network.

    Learning the rate follows Meta-SGD (Li et al. 2017, arXiv 1707.09835), with one rate for all parameters;
    its logarithm is learned, which keeps it positive.
    """

    def __init__(self, rate: float = 0.01, *, learn: bool = False) -> None:
        super().__init__()
        if rate <= 0:
            raise ValueError(f"The inner rate must be above 0, not {rate}.")
        self.fixed = rate
        self.log_rate = nn.Parameter(torch.tensor(math.log(rate))) if learn else None

    @property
    def rate(self) -> Tensor | float:
        """The size of a step."""
        return self.fixed if self.log_rate is None else self.log_rate.exp()

    def start(self, params: Params) -> None:
        """Nothing is carried from step to step."""

    def step(self, params: Params, grads: Params, state: None) -> tuple[Params, None]:
        """Against the gradient."""
        rate = self.rate
        if isinstance(rate, Tensor):
            return {name: value - rate * grads[name] for name, value in params.items()}, None
        return {name: value.sub(grads[name], alpha=rate) for name, value in params.items()}, None


class Adam(nn.Module):
    """Adam (Kingma & Ba 2015, arXiv 1412.6980, algorithm 1).

    Unlike there, the root is kept above epsilon instead of adding it: its derivative stays finite at a zero gradient,
    and an ONNX optimiser has no addition of next to nothing to leave out.
    """

    def __init__(self, rate: float = 0.01, *, betas: tuple[float, float] = (0.9, 0.999), epsilon: float = 1e-8) -> None:
        super().__init__()
        self.rate, self.betas, self.epsilon = rate, betas, epsilon

    def start(self, params: Params) -> tuple[int, Params, Params]:
        """Step count, first and second moments."""
        zeros = {name: torch.zeros_like(value) for name, value in params.items()}
        return 0, zeros, dict(zeros)

    def step(
        self, params: Params, grads: Params, state: tuple[int, Params, Params]
    ) -> tuple[Params, tuple[int, Params, Params]]:
        """One step with moments corrected for their start at zero."""
        (beta1, beta2), t = self.betas, state[0] + 1
        first = {name: beta1 * m + (1 - beta1) * grads[name] for name, m in state[1].items()}
        second = {name: beta2 * v + (1 - beta2) * grads[name].square() for name, v in state[2].items()}
        updated = {
            name: value
            - self.rate
            * (first[name] / (1 - beta1**t))
            / (second[name] / (1 - beta2**t)).clamp(min=self.epsilon**2).sqrt()
            for name, value in params.items()
        }
        return updated, (t, first, second)
