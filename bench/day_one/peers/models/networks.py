"""The deep peers' networks: the classes of pykt-toolkit 0.0.38, given start tokens, sizes and one common call.

DKT: Piech et al. 2015. AKT: Ghosh, Heffernan and Lan 2020. (simpleKT is not in any released pykt-toolkit.)
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from pykt.models.akt import AKT
from pykt.models.dkt import DKT
from torch import Tensor, nn


@dataclass(frozen=True)
class Shape:
    """How big a network is, and how it learns."""

    width: int
    dropout: float
    rate: float = 1e-3


class Dkt(nn.Module):
    """DKT of pykt over one code a response; a start token lets it predict the first response too."""

    carries = True  # a recurrent state: the whole history is read at prediction

    def __init__(self, codes: int, shape: Shape) -> None:
        super().__init__()
        self.start = codes
        self.net = DKT(codes + 1, shape.width, dropout=shape.dropout)

    def forward(self, skill: Tensor, item: Tensor, correct: Tensor) -> tuple[Tensor, Tensor | float]:
        """Probabilities [B, T] of each response from those before it; no extra loss. `item` is not looked at."""
        before = torch.cat([torch.full_like(skill[:, :1], self.start), skill[:, :-1]], dim=1)
        answer = torch.cat([torch.zeros_like(correct[:, :1]), correct[:, :-1]], dim=1)
        # What the network's own forward does, for the one output asked of each step instead of all codes' outputs.
        net = self.net
        state, _ = net.lstm_layer(net.interaction_emb(before + net.num_c * answer))
        state, output = net.dropout_layer(state), net.out_layer
        asked = (state * nn.functional.embedding(skill, output.weight)).sum(-1) + output.bias[skill]
        return torch.sigmoid(asked), 0.0


class Akt(nn.Module):
    """AKT of pykt over skill and item codes (its Rasch part); attention as long as a window."""

    carries = False

    def __init__(self, codes: int, items: int, shape: Shape) -> None:
        super().__init__()
        self.items = items
        self.net = AKT(
            codes,
            items,
            shape.width,
            n_blocks=1,
            dropout=shape.dropout,
            d_ff=2 * shape.width,
            final_fc_dim=2 * shape.width,
            num_attn_heads=4,
        )

    def forward(self, skill: Tensor, item: Tensor, correct: Tensor) -> tuple[Tensor, Tensor | float]:
        """Probabilities [B, T] of each response from those before it; the penalty on item difficulties."""
        probability, penalty = self.net(skill, correct, item if self.items else None)
        return probability, penalty
