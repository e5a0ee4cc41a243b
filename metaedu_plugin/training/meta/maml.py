"""Model-agnostic meta-learning."""

from __future__ import annotations

from torch import Tensor, nn
from torch.func import functional_call, grad

from metaedu_plugin.training.losses import Loss
from metaedu_plugin.training.meta.base import MetaLearner
from metaedu_plugin.training.meta.inner import SGD, InnerOptimizer, Params
from metaedu_plugin.training.meta.tasks import Examples
from metaedu_plugin.training.meta.twice import twice_differentiable


class MAML(MetaLearner[Params]):
    """An initialisation from which a few gradient steps on a task's support fit its query.

    Finn, Abbeel & Levine 2017, arXiv 1703.03400, algorithm 1: for each task i
    `phi_i = theta - rate * grad L_support(theta)`, a few times over; then theta follows the gradient of
    `mean_i L_query(phi_i)`. With `first_order` the inner gradients count as constants (section 5.2): cheaper, and
    the outer gradient is the query gradient at phi_i.

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
        vectorized: bool = True,
        chunk: int | None = None,
    ) -> None:
        super().__init__(network, loss, vectorized=vectorized, chunk=chunk)
        self.steps = steps
        self.inner = inner or SGD()
        self.first_order = first_order

    def start(self) -> Params:
        """The parameters that adapt, by name, as they are before any task."""
        return dict(self.network.named_parameters())

    def adapt(self, support: Examples) -> Params:
        """The task's own values of the parameters that adapt."""
        phi = self.start()
        state = self.inner.start(phi)
        for _ in range(self.steps):
            grads: Params = grad(self._support_loss)(phi, support)
            if self.first_order:
                grads = {name: value.detach() for name, value in grads.items()}
            phi, state = self.inner.step(phi, grads, state)
        return phi

    def predict(self, adapted: Params, inputs: Tensor) -> Tensor:
        """The network with the task's parameters in place of its own."""
        with twice_differentiable():
            outputs: Tensor = functional_call(self.network, adapted, (inputs,))
        return outputs

    def _support_loss(self, phi: Params, support: Examples) -> Tensor:
        return self.criterion(self.predict(phi, support.x), support.y, support.mask)
