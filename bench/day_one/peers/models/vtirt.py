"""Variational Temporal IRT (Kim, Sankaranarayanan, Piech and Thille, EDM 2023), by its authors' own code.

That code names no licence: a clone of it is used from the folder that METAEDU_PEER_VTIRT names, and nothing of it is
kept here. `VTIRTSingleKC` is trained as its `exp/svi.py` does: pyro's SVI, Adam, batches of 32, hidden 8; the rate is
1e-2 and not 3e-3, as far fewer than their 300 passes fit into the time here. The question is the item where items
repeat, else the skill; the standard deviations of a step and of the start (0.1 or 0.25) are chosen, and training
stopped, by the loss of next responses of a fifth of the support learners.

Two things in that code are kept clear of. Its guide is wrong for learners of different lengths (`a_lst[t + 1]` is not
masked, so shapes disagree): batches are of equal lengths, learners being cut to the lengths of LENGTHS in training, and
prefixes being grouped by length in prediction. Its `pred_response` infers the ability at step t with the response at t
among its inputs: here it is inferred by the same guide from the responses before t, at most HISTORY of them, and its
mean taken. The first response takes the prior ability, 0.

Limits: MOST support learners (more are drawn), the first 100 responses of each, and 110 seconds of processor time for a
fit (the authors' steps over time are plain Python: about a fifth of a second a batch).
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyro
import torch
from pyro.infer import SVI, Trace_ELBO
from pyro.poutine import trace
from torch import Tensor

from .sequences import UNKNOWN, Codes, Floats, Ints, Responses, log_loss

LENGTHS = np.unique(np.round(100 * 0.85 ** np.arange(25))).astype(int)
HISTORY = 60
MOST = 100
PATIENCE = 4
SECONDS = 110.0


def their_model() -> Any:
    """The class of the clone. Raises SystemExit(3), said to the project's side as unsuitable, where there is none."""
    folder = os.environ.get("METAEDU_PEER_VTIRT", "")
    if not Path(folder, "vtirt", "model").is_dir():
        print("vtirt: METAEDU_PEER_VTIRT names no clone of yunsungkim0908/vtirt", file=sys.stderr)
        raise SystemExit(3)
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module("vtirt.model.vtirt_single_kc").VTIRTSingleKC


class Vtirt:
    """Fits and predicts; see the module."""

    def __init__(self, support: Responses, seed: int, seconds: float) -> None:
        self.notes: list[str] = []
        runs = support.by_learner()
        if len(runs) > MOST:
            drawn = np.sort(np.random.default_rng(seed).permutation(len(runs))[:MOST])
            self.notes.append(f"{MOST} of {len(runs)} support learners")
            support = support.take(np.concatenate([runs[i] for i in drawn]))
        self.codes = Codes(support)
        self.by_item = len(self.codes.item) > 0 and len(support.correct) / len(self.codes.item) >= 8
        train, held = support.split(0.2, seed)
        held = held if len(held.correct) else train
        best, passes = np.inf, 0
        for spread in (0.1, 0.25):
            loss, taken, capped, state = self._train(spread, train, held, seconds / 2, seed)
            if capped:
                self.notes.append(f"cap on time hit at step {spread}")
            if loss < best:
                best, passes, self.spread, self.state = loss, taken, spread, state
        self.notes.append(f"step {self.spread}, {passes} passes, validation {best:.4f} nats")

    def _network(self, spread: float) -> Any:
        count = self.codes.item_count if self.by_item else self.codes.skill_count
        return their_model()(8, count, std_init=spread, std_theta=spread).to("cpu")

    def _questions(self, log: Responses) -> Ints:
        return self.codes.items_of(log) if self.by_item else self.codes.skills_of(log)

    def _train(
        self, spread: float, train: Responses, held: Responses, seconds: float, seed: int
    ) -> tuple[float, int, bool, dict[str, Tensor]]:
        """Best validation loss, its passes, whether time ran out, and the network's state then."""
        pyro.clear_param_store()
        pyro.set_rng_seed(seed)
        end = time.process_time() + seconds
        net = self._network(spread)
        steps = SVI(net.model, net.guide, pyro.optim.Adam({"lr": 1e-2}), Trace_ELBO())
        questions, runs = self._questions(train), train.by_learner()
        correct = torch.from_numpy(train.correct.astype(np.float32))
        best, passes, worse, taken = np.inf, 0, 0, 0
        state: dict[str, Tensor] = {}
        rng = np.random.default_rng(seed)
        size = min(32, max(1, len(runs) // 3))
        while worse < PATIENCE and time.process_time() < end:
            for _ in range(4):
                for rows in self._batches(runs, size, rng):
                    steps.step(torch.ones(rows.shape), torch.from_numpy(questions[rows]), None, correct[rows])
                taken += 1
                if time.process_time() > end:
                    break
            loss = log_loss(self._predict(net, held), held.correct)
            worse = 0 if loss < best - 1e-4 else worse + 1
            if worse == 0:
                best, passes = loss, taken
                state = {name: value.detach().clone() for name, value in net.state_dict().items()}
        return best, passes, worse < PATIENCE, state

    @staticmethod
    def _batches(runs: list[Ints], size: int, rng: np.random.Generator) -> list[Ints]:
        """Rows [B, T] of learners cut to the same length, in a new order."""
        found = []
        fits = np.searchsorted(LENGTHS, [len(run) for run in runs], side="right") - 1
        for length in np.unique(fits[fits >= 0]):
            order = rng.permutation(np.flatnonzero(fits == length))
            cut = [runs[i][: LENGTHS[length]] for i in order]
            found += [np.stack(cut[i : i + size]) for i in range(0, len(cut), size)]
        return [found[i] for i in rng.permutation(len(found))]

    def _predict(self, net: Any, log: Responses) -> Floats:
        questions = self._questions(log)
        correct = torch.from_numpy(log.correct.astype(np.float32))
        with torch.no_grad():  # an unknown question is like the mean of the others
            for table in (net.diff_mu, net.disc_mu):
                table.weight[UNKNOWN] = table.weight[UNKNOWN + 1 :].mean(0)
        ability = np.zeros(len(questions))
        earlier = np.zeros(len(questions), dtype=np.int64)
        for run in log.by_learner():
            earlier[run] = np.arange(len(run)).clip(max=HISTORY)
        # A learner's rows follow each other, so those before row r are r - 1, r - 2, ...
        for length in range(1, int(earlier.max(initial=0)) + 1):
            at = np.flatnonzero(earlier == length)
            before = at[:, None] + np.arange(-length, 0)
            with torch.no_grad():
                asked = torch.from_numpy(questions[before])
                nodes = (
                    trace(net.guide)
                    .get_trace(torch.ones(before.shape), asked, None, correct[before], stochastic=False)
                    .nodes
                )
            ability[at] = nodes[f"ability_{length}"]["fn"].base_dist.loc.numpy()
        difficulty, discrimination = net.get_item_features()
        logit = discrimination[questions] * (ability - difficulty[questions])
        return (1 / (1 + np.exp(-logit))).clip(1e-3, 1 - 1e-3)

    def predict(self, log: Responses) -> Floats:
        """Probabilities [R] of a correct answer, each from the learner's earlier rows."""
        net = self._network(self.spread)
        net.load_state_dict(self.state)
        return self._predict(net, log)


def fit(method: str, support: Responses, seed: int) -> Vtirt:
    """What the worker calls; `method` is vtirt."""
    return Vtirt(support, seed, SECONDS)
