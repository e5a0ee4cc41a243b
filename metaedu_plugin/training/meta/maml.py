"""Model-agnostic meta-learning."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap
from torch.utils._pytree import tree_map

from metaedu_plugin.training.losses import Loss
from metaedu_plugin.training.meta.base import MetaLearner
from metaedu_plugin.training.meta.batching import UnfitNetworkError
from metaedu_plugin.training.meta.inner import SGD, InnerOptimizer, Params
from metaedu_plugin.training.meta.tasks import Examples
from metaedu_plugin.training.meta.twice import plain_operations


class MAML(MetaLearner[Params]):
    """An initialisation from which a few gradient steps on a task's support fit its query.

    Finn, Abbeel & Levine 2017, arXiv 1703.03400, algorithm 1: for each task i
    `phi_i = theta - rate * grad L_support(theta)`, a few times over; then theta follows the gradient of
    `mean_i L_query(phi_i)`. With `first_order` the inner gradients count as constants (section 5.2): cheaper, and
    the outer gradient is the query gradient at phi_i.

    Parameters that do not require a gradient when the learner is made are shared by all tasks and never change.

    Raises ValueError when no parameter is left to adapt.

    Example:
        >>> maml = MAML(network, MeanSquaredError(), steps=5, inner=SGD(0.01))
        >>> maml.loss(tasks).backward()
        >>> adapted = maml.adapt(Examples.of(x, y))
        >>> maml.predict(adapted, new_x)
    """

    def __init__(
        self,
        network: nn.Module,
        loss: Loss,
        *,
        steps: int = 5,
        inner: InnerOptimizer | None = None,
        first_order: bool = False,
        vectorized: bool | None = None,
        chunk: int | None = None,
    ) -> None:
        super().__init__(network, loss, vectorized=vectorized, chunk=chunk)
        if steps < 0:
            raise ValueError(f"The number of inner steps must be 0 or more, not {steps}.")
        self.steps = steps
        self.inner = inner or SGD()
        self.first_order = first_order
        self.adapting = tuple(name for name, value in network.named_parameters() if value.requires_grad)
        if not self.adapting and steps:
            raise ValueError("The network has no parameter that requires a gradient: there is nothing to adapt.")

    def start(self) -> Params:
        """The parameters that adapt, by name, as they are before any task."""
        every = dict(self.network.named_parameters(remove_duplicate=False))
        return {name: every[name] for name in self.adapting}

    def adapt(self, support: Examples) -> Params:
        """The task's own values of the parameters that adapt."""
        return self._descend(self.start(), support, self._support_loss)

    def adapt_all(self, support: Examples) -> Params:
        """As in MetaLearner. The gradient of the sum over tasks is that of each, since they share nothing."""
        start = {name: value.expand(support.x.shape[0], *value.shape) for name, value in self.start().items()}
        return self._descend(start, support, vmap(self._support_loss, randomness="different"))

    def predict(self, adapted: Params, inputs: Tensor) -> Tensor:
        """The network with the task's parameters in place of its own."""
        with plain_operations(self.network):
            outputs: Tensor = functional_call(self.network, adapted, (inputs,))
        return outputs

    def _descend(self, phi: Params, support: Examples, loss: Callable[[Params, Examples], Tensor]) -> Params:
        """Inner steps from phi, of one task, or of N with a leading dimension."""
        if torch.is_inference_mode_enabled():
            with torch.inference_mode(False), torch.no_grad():
                phi, support = tree_map(torch.clone, (phi, support))
                return self._descend(phi, support, loss)
        learned = [*phi.values(), *(self.inner.parameters() if isinstance(self.inner, nn.Module) else ())]
        outer = torch.is_grad_enabled() and any(value.requires_grad for value in learned)
        if outer and not self.first_order:
            self._refuse_once_differentiable()
        state = self.inner.start(phi)
        with torch.set_grad_enabled(outer):
            for _ in range(self.steps):
                phi = {
                    name: value if outer and value.requires_grad else value.detach().requires_grad_()
                    for name, value in phi.items()
                }
                grads = self._gradients(phi, support, loss, second_order=outer and not self.first_order)
                phi, state = self.inner.step(phi, grads, state)
        return phi

    @staticmethod
    @torch.enable_grad()
    def _gradients(
        phi: Params, support: Examples, loss: Callable[[Params, Examples], Tensor], *, second_order: bool
    ) -> Params:
        total = loss(phi, support).sum()
        if not total.requires_grad:
            raise UnfitNetworkError(
                "The support loss does not depend on any parameter that adapts. Inside torch.func.vmap, or when the "
                "network or loss detaches its outputs, that is so: for many tasks at once call adapt_all or outputs."
            )
        grads = torch.autograd.grad(total, list(phi.values()), create_graph=second_order, materialize_grads=True)
        return dict(zip(phi, grads, strict=True))

    def _support_loss(self, phi: Params, support: Examples) -> Tensor:
        return self.criterion(self.predict(phi, support.x), support.y, support.mask)

    def _refuse_once_differentiable(self) -> None:
        for name, module in self.network.named_modules():
            if isinstance(module, nn.EmbeddingBag) and f"{name}.weight".lstrip(".") in self.adapting:
                raise UnfitNetworkError(
                    f"Layer {name!r} (EmbeddingBag) has no second derivative in torch. Use Embedding and take "
                    "the mean, or pass first_order=True."
                )
