"""PSI-KT (Zhou, Bamler, Wu and Tejero-Cantero, ICLR 2024), by its authors' own code (AGPL, used from a clone).

METAEDU_PEER_PSI_KT names a clone of mlcolab/psi-kt at commit db74e8e of 2023-11-13. The newest commit, ecada10, does
not run: from ff64ced on lines that had been comments are code again, so `AmortizedPSIKT.forward` stops in
`zt_transition_gen` at a name never assigned (`bsn`), then empties the results that its `loss` reads.

`AmortizedPSIKT` is trained by its own `forward` and `loss` with the authors' settings (Adam 5e-3, node dimension 16, 10
categories), windows of HISTORY responses as theirs, nodes being skills. Its inference network takes exactly HISTORY
responses, so `predictive_model` is asked for the one response after the HISTORY latest, and a response with fewer
before it takes the skill's mean in the support (smoothed). Where times are unknown, a minute a response.

Limits: MOST support learners (more are drawn), NODES skills (more: unsuitable), SECONDS of processor time for a fit.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
import types
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .sequences import Codes, Floats, Ints, Responses, log_loss

HISTORY = 10
MOST = 100
NODES = 300
PATIENCE = 5
SECONDS = 110.0
SAMPLES = 10
SIZE = 32


def their_model() -> Any:
    """The class of the clone. Raises SystemExit(3), said to the project's side as unsuitable, where there is none."""
    folder = os.environ.get("METAEDU_PEER_PSI_KT", "")
    if not Path(folder, "knowledge_tracing", "psikt").is_dir():
        print("psikt: METAEDU_PEER_PSI_KT names no clone of mlcolab/psi-kt", file=sys.stderr)
        raise SystemExit(3)
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module("knowledge_tracing.psikt.psikt").AmortizedPSIKT


class PsiKt:
    """Fits and predicts; see the module."""

    def __init__(self, support: Responses, seed: int) -> None:
        end = time.process_time() + SECONDS
        self.notes: list[str] = []
        runs = support.by_learner()
        if len(runs) > MOST:
            drawn = np.sort(np.random.default_rng(seed).permutation(len(runs))[:MOST])
            self.notes.append(f"{MOST} of {len(runs)} support learners")
            support = support.take(np.concatenate([runs[i] for i in drawn]))
        self.codes, self.seed = Codes(support), seed
        if self.codes.skill_count > NODES:
            print(f"psikt: {self.codes.skill_count} skills, more than {NODES}", file=sys.stderr)
            raise SystemExit(3)
        skill, mean = self.codes.skills_of(support), support.correct.mean()
        count = np.bincount(skill, minlength=self.codes.skill_count)
        right = np.bincount(skill, support.correct, minlength=self.codes.skill_count)
        self.base = (right + 5 * mean) / (count + 5)
        train, held = support.split(0.2, seed)
        self.state: dict[str, Tensor] = {}
        self._train(train, held if len(held.correct) else train, end)

    def _network(self) -> Any:
        settings = types.SimpleNamespace(
            device=torch.device("cpu"), dataset="", log_path=".", learned_graph="w_gt", node_dim=16, num_category=10
        )
        settings.max_step, settings.num_sample, settings.var_log_max = HISTORY + 1, SAMPLES, 10
        # Their products with max_step are cut to integers: HISTORY steps to read, one to predict.
        settings.train_time_ratio, settings.test_time_ratio = (HISTORY + 0.5) / (HISTORY + 1), 1.5 / (HISTORY + 1)
        settings.s_entropy_weight = settings.z_entropy_weight = 0.1
        settings.s_log_weight = settings.z_log_weight = settings.y_log_weight = 1
        settings.sparsity_loss_weight, settings.cat_weight = 1e-12, 10
        nodes = self.codes.skill_count
        graph = np.ones((nodes, nodes))  # only compared with, never learned from
        return their_model()(num_node=nodes, args=settings, device=settings.device, logs=None, nx_graph=graph)

    def _feed(self, log: Responses, rows: Ints) -> dict[str, Tensor]:
        """Windows [B, T] of rows in the authors' form, seconds from the window's start."""
        seconds = np.where(log.time[rows] >= 0, log.time[rows], 60.0 * np.arange(rows.shape[1]))
        return {
            "time_seq": torch.from_numpy((seconds - seconds[:, :1]).astype(np.float32)),
            "label_seq": torch.from_numpy(log.correct[rows].astype(np.float32)),
            "skill_seq": torch.from_numpy(self.codes.skills_of(log)[rows]),
        }

    def _train(self, train: Responses, held: Responses, end: float) -> None:
        starts = [
            run[i : i + HISTORY] for run in train.by_learner() for i in range(0, len(run) - HISTORY + 1, HISTORY // 2)
        ]
        if not starts:
            self.notes.append(f"no support learner with {HISTORY} responses: means of skills alone")
            return
        torch.manual_seed(self.seed)
        rng, net = np.random.default_rng(self.seed), self._network()
        optimizer = torch.optim.Adam(net.parameters(), lr=5e-3, weight_decay=1e-5)
        feed = self._feed(train, np.stack(starts))
        best, worse, passes = np.inf, 0, 0
        while worse < PATIENCE and time.process_time() < end:
            net.train()
            order = torch.from_numpy(rng.permutation(len(starts)))
            for at in order.split(SIZE):
                batch = {name: values[at] for name, values in feed.items()}
                optimizer.zero_grad()
                net.loss(batch, net(batch))["loss_total"].backward()
                torch.nn.utils.clip_grad_norm_(net.parameters(), 100)
                optimizer.step()
                if time.process_time() > end:
                    break
            passes += 1
            loss = log_loss(self._predict(net, held), held.correct)
            worse = 0 if loss < best - 1e-4 else worse + 1
            if worse == 0:
                best = loss
                self.state = {name: value.detach().clone() for name, value in net.named_parameters()}
        if worse < PATIENCE:
            self.notes.append("cap on time hit")
        self.notes.append(f"{passes} passes, validation {best:.4f} nats")

    def _predict(self, net: Any, log: Responses) -> Floats:
        probability = self.base[self.codes.skills_of(log)]
        runs = [run for run in log.by_learner() if len(run) > HISTORY]
        if not runs:
            return probability
        at = np.concatenate([run[HISTORY:] for run in runs])
        # A learner's rows follow each other, so those before row r are r - 1, r - 2, ...
        feed = self._feed(log, at[:, None] + np.arange(-HISTORY, 1))
        net.eval()
        torch.manual_seed(self.seed)
        with torch.no_grad():
            for part in torch.arange(len(at)).split(256):
                predicted = net.predictive_model({name: values[part] for name, values in feed.items()})["prediction"]
                probability[at[part.numpy()]] = predicted.mean(1)[:, 0].numpy()
        return probability

    def predict(self, log: Responses) -> Floats:
        """Probabilities [R] of a correct answer, each from the learner's earlier rows."""
        if not self.state:
            return self.base[self.codes.skills_of(log)]
        net = self._network()
        net.load_state_dict(self.state, strict=False)
        return self._predict(net, log).clip(1e-3, 1 - 1e-3)


def fit(method: str, support: Responses, seed: int) -> PsiKt:
    """What the worker calls; `method` is psikt."""
    return PsiKt(support, seed)
