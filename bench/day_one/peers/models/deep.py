"""Training and prediction shared by the deep peers, DKT and AKT; their networks are in `networks.py`.

How they are tuned to the support: Adam on windows of 200 responses (AKT 100), log loss; a fifth of the support learners
(at least one; of a lone learner the last fifth of the responses) stops the training and chooses between networks:
smaller and more dropout when there are few responses, and, for DKT, the skill or the item as the input where items
repeat (AKT takes both where it has both). Up to REFIT responses the chosen network is trained again on all of the
support, for the steps found. Of every window a few codes are hidden, so that the code of unknown skills and items is
trained too.

Caps: seconds of processor time for a whole fit (DKT 220, AKT 330; shared evenly by the candidates) and EPOCHS passes;
`notes` says when one was hit before the validation had stopped improving. A fit that hits the cap in seconds depends on
the machine; any other depends on the seed alone.
"""

from __future__ import annotations

import time
from functools import partial

import numpy as np
import torch

from .networks import Akt, Dkt, Shape
from .sequences import Codes, Floats, Ints, Responses
from .trainer import Candidate, Fit, Table, Trainer, Window, batches, windows_of

SECONDS = {"dkt": 220.0, "akt": 330.0}
WINDOW = 200  # responses; AKT trains on half, its attention costing the square
EARLIER = 100
REFIT = 40_000
FEWEST = 12  # responses below which nothing can be held out
BLIND_STEPS = 20
MANY_CODES = 3000  # more items than this are no input of DKT, whose output has a unit for each


def shapes(responses: int) -> list[Shape]:
    """Networks worth trying on so many responses."""
    if responses < 2_000:
        return [Shape(16, 0.5, 3e-3), Shape(32, 0.3, 3e-3)]
    if responses < 20_000:
        return [Shape(32, 0.4, 3e-3), Shape(64, 0.3, 2e-3)]
    return [Shape(64, 0.3, 2e-3)] if responses < REFIT else [Shape(96, 0.25, 2e-3)]


class Deep:
    """DKT or AKT fitted on a support; see the module."""

    def __init__(self, kind: str, support: Responses, seed: int, seconds: float) -> None:
        end = time.process_time() + seconds
        self.kind, self.codes, self.notes = kind, Codes(support), list[str]()
        candidates = self._candidates(support)
        runs = support.by_learner()
        length = WINDOW if kind == "dkt" else WINDOW // 2
        every = windows_of(runs, length)
        if len(support.correct) < FEWEST:
            self._keep(candidates[0], Trainer(candidates[0], every, [], seed).run(seconds, BLIND_STEPS))
            return
        train, held = held_out(runs, length, seed)
        again = 0.35 if len(support.correct) <= REFIT else 0.0
        fits = []
        for i, candidate in enumerate(candidates):
            share = (end - time.process_time()) * (1 - again) / (len(candidates) - i)
            fits.append(Trainer(candidate, train, held, seed).run(share))
        best = int(np.argmin([fit.loss for fit in fits]))
        chosen, fit = candidates[best], fits[best]
        for candidate, made in zip(candidates, fits, strict=True):
            if made.capped:
                self.notes.append(f"cap on time or passes hit: {candidate.name}")
        if again:
            steps = round(fit.steps * min(1.5, len(every) / len(train)))
            last = Trainer(chosen, every, [], seed).run(max(1.0, end - time.process_time()), steps)
            if last.capped:
                self.notes.append("cap on time or passes hit: second training")
            fit = Fit(last.net, fit.loss, last.steps, last.capped)
        self._keep(chosen, fit)

    def _keep(self, chosen: Candidate, fit: Fit) -> None:
        self.net, self.reads_item = fit.net.eval(), chosen.reads_item
        self.notes.append(f"{chosen.name}, {fit.steps} steps, validation {fit.loss:.4f} nats")

    def _table(self, log: Responses, by_item: bool) -> Table:
        skill, item = self.codes.skills_of(log), self.codes.items_of(log)
        parts = (item if by_item else skill, item, log.correct.astype(np.int64))
        return Table(*(torch.from_numpy(part) for part in parts))

    def _candidates(self, support: Responses) -> list[Candidate]:
        skills, items = self.codes.skill_count, self.codes.item_count
        repeated = len(support.correct) / items >= 5
        both = self.codes.skill and len(self.codes.item) != len(self.codes.skill) and items > 1
        tables = [self._table(support, False)]
        found = []
        by_item = both and repeated and items <= MANY_CODES
        if self.kind == "dkt" and by_item:
            tables.append(self._table(support, True))
        for shape in shapes(len(support.correct)):
            size, rate = f"width {shape.width}", shape.rate
            if self.kind == "akt":
                inputs = "skill and item" if both else "skill"
                build = partial(Akt, skills, items if both else 0, shape)
                found.append(Candidate(f"{inputs}, {size}", build, tables[0], rate, False))
                continue
            found.append(Candidate(f"by skill, {size}", partial(Dkt, skills, shape), tables[0], rate, False))
            if by_item:
                found.append(Candidate(f"by item, {size}", partial(Dkt, items, shape), tables[1], rate, True))
        return found

    def predict(self, log: Responses) -> Floats:
        """Probabilities [R] of a correct answer, each from the learner's earlier rows (of AKT at least 100 of them)."""
        table = self._table(log, self.reads_item)
        runs = log.by_learner()
        carries = isinstance(self.net, Dkt)
        windows = windows_of(runs, max(map(len, runs)) if carries else WINDOW, 0 if carries else EARLIER)
        probability = np.empty(len(log.correct))
        with torch.no_grad():
            for group in batches(windows, 16):
                skill, item, correct, _ = table.batch(group)
                predicted = self.net(skill, item, correct)[0].cpu().double().numpy()
                for window, values in zip(group, predicted, strict=True):
                    probability[window.rows[window.first :]] = values[window.first : len(window.rows)]
        return probability.clip(1e-3, 1 - 1e-3)


def held_out(runs: list[Ints], length: int, seed: int) -> tuple[list[Window], list[Window]]:
    """Windows to train on and to validate with: a fifth of the learners, or the last fifth of a lone learner's rows."""
    if len(runs) == 1:
        cut = int(0.8 * len(runs[0]))
        start = max(0, cut - EARLIER)
        return windows_of([runs[0][:cut]], length), [Window(runs[0][start:], cut - start)]
    chosen = np.random.default_rng(seed).permutation(len(runs))
    held = max(1, len(runs) // 5)
    parts = ([runs[i] for i in sorted(part)] for part in (chosen[held:], chosen[:held]))
    train, validation = (windows_of(part, length) for part in parts)
    return train, validation


def fit(method: str, support: Responses, seed: int) -> Deep:
    """What the worker calls; `method` is dkt or akt."""
    return Deep(method, support, seed, SECONDS[method])
