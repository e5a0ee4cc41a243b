"""Training further on a course that has been answered enough: what its counts cannot say.

The in-context network needs no training to meet a course. Where the course's own responses allow, two things are
added, each of which shrinks to nothing where they do not:

1. in closed form, the course's *style* and an *offset* of the logit for each item and skill (`training.adapting`);
2. *vectors* of the items and skills, and the network's weights, by back-propagation with early stopping on learners
   who are set aside, as in a fine-tuned knowledge tracer (Piech et al. 2015, Deep Knowledge Tracing).

In both, every learner is predicted from the counts of others. In training these are learners drawn anew at every step:
from counts that are everybody's but one's own, a network that has learned the sums by heart could tell what the learner
is going to answer. Because one network serves all courses, further training can go on *beside* ordinary episodes, so
that it does not forget how to meet a course that is new.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from metaedu_plugin.training.adapting import adapt, style_strength
from metaedu_plugin.training.course import Course, Ints
from metaedu_plugin.training.episodes import Episode, Piece, draw_episodes, make_episode
from metaedu_plugin.training.following import in_batches
from metaedu_plugin.training.in_context import (
    InContext,
    certainty_loss,
    masked_cross_entropy,
    one_thread,
    predict_sequence,
)
from metaedu_plugin.training.networks.tracer import ENTRIES, Tracer
from metaedu_plugin.training.seeding import own_randomness
from metaedu_plugin.training.vectors import Vectors

_COUNTED = (0.7, 0.95)
"""Share of the learners whose counts the others are predicted from, drawn anew at every step between these."""
_BESIDE, _BESIDE_CHECKS = 0.5, 4
"""Weight of the ordinary episodes, and how many of them are checked on."""


@dataclass(frozen=True)
class SpecialiseOptions:
    """How long and how freely to train on; the defaults were chosen on learners that no figure is reported of."""

    steps: int | None = None
    """Without, as many as meet each response `through` times, about, within `_STEPS`."""
    through: float = 6.0
    responses: int = 6400
    """Responses of a step."""
    rate: float = 2e-3
    vector_rate: float = 1e-2
    strength: float = 8.0
    """Precision of the prior on a vector's entries."""
    spread: float = 0.5
    """Standard deviation of a vector's entries at first."""
    dropout: float = 0.25
    """Share of the recurrent state that the head does not see at a response."""
    at_least: int = 500
    """Responses below which only style and offsets are fitted."""
    learners_at_least: int = 20
    half_way: float = 30.0
    """Learners at which what was trained counts half: few learners can be right by chance about when to stop."""
    checks: int = 10
    patience: int = 4
    """Checks without a better loss before training ends: where steps are longest, all is worse for a while."""
    check_share: float = 0.15
    check_responses: int = 15_000
    seconds: float = float("inf")
    seed: int = 0


_STEPS = (200, 800)
"""Fewest and most steps of the default."""


def specialise(
    tracer: Tracer,
    courses: Sequence[tuple[Course, Ints]],
    options: SpecialiseOptions | None = None,
    *,
    beside: Sequence[Course] = (),
    on_check: Callable[[float, float], None] = lambda share, loss: None,
) -> tuple[Tracer, list[Vectors]]:
    """Train a copy of the network further on these learners of these courses.

    Args:
        tracer: a meta-trained network; it is left as it is.
        courses: each with the learners (indices of its sequences) that may be learned from.
        options: see there.
        beside: courses of which every step has an ordinary episode, too; learners set aside take no part in them.
        on_check: told the share of the steps that are done, and the loss on the learners set aside.

    Returns:
        The network, and the vectors of each course. With too few responses the network is the given one.

    """
    options = options or SpecialiseOptions()
    together = sum(int(course.lengths[learners].sum()) for course, learners in courses)
    number = sum(len(learners) for _, learners in courses)
    if options.steps is None:
        options = replace(options, steps=int(np.clip(options.through * together / options.responses, *_STEPS)))
    enough = together >= options.at_least and number >= options.learners_at_least and options.steps
    with one_thread(), own_randomness():
        trained = _Specialising(tracer, courses, options, beside, on_check).run() if enough else None
        return trained or (tracer, [adapt(tracer, course, learners) for course, learners in courses])


class _Specialising:
    """One further training."""

    def __init__(
        self,
        tracer: Tracer,
        courses: Sequence[tuple[Course, Ints]],
        options: SpecialiseOptions,
        beside: Sequence[Course],
        on_check: Callable[[float, float], None],
    ) -> None:
        self.options, self.on_check = options, on_check
        self.rng = np.random.default_rng(options.seed)
        torch.manual_seed(options.seed)
        self.fitted, self.checked = self._apart(courses)
        self.counts = [course.counts(learners) for course, learners in self.fitted]
        self.tracer = copy.deepcopy(tracer)
        self.vectors = [
            adapt(tracer, course, learners, support=counts)
            for (course, learners), counts in zip(self.fitted, self.counts, strict=True)
        ]
        self.modules = nn.ModuleList([self.tracer, *self.vectors])
        self.began = copy.deepcopy(self.modules.state_dict())
        with torch.no_grad():
            for vectors in self.vectors:
                for table in (vectors.item, vectors.skill):
                    table[1:, 1:] = torch.randn(len(table) - 1, ENTRIES) * options.spread
        mine = {id(course): learners for course, learners in self.fitted}
        self.beside = [course.only(mine[id(course)]) if id(course) in mine else course for course in beside]
        self.usual = InContext(self.tracer)
        self.checks = list(self._episodes(_BESIDE_CHECKS, options.seed))
        self.responses = [int(course.lengths[learners].sum()) for course, learners in self.fitted]

    def run(self) -> tuple[Tracer, list[Vectors]] | None:
        """Train until the learners set aside are predicted no better; None when they never were."""
        options, steps, started = self.options, self.options.steps or 0, time.monotonic()
        optimizer = torch.optim.AdamW(
            [
                {"params": list(self.tracer.parameters()), "lr": options.rate, "weight_decay": 1e-3},
                {"params": list(self.modules[1:].parameters()), "lr": options.vector_rate, "weight_decay": 0.0},
            ]
        )
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer,
            max_lr=[group["lr"] for group in optimizer.param_groups],
            total_steps=steps,
            pct_start=0.15,
        )
        before = best = self._check(plain=True)
        self.on_check(0, best)
        kept: dict[str, Tensor] | None = None
        waited = 0
        for step in range(1, steps + 1):
            loss = self._loss()
            if self.beside:
                (episode,) = self._episodes(1, options.seed, step)
                loss = loss + _BESIDE * self.usual.training_step(episode).loss
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(self.modules.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            last = step == steps or time.monotonic() - started > options.seconds
            if step % max(1, steps // options.checks) == 0 or last:
                now = self._check()
                self.on_check(step / steps, now)
                waited = 0 if now < best else waited + 1
                if now < best:
                    best, kept = now, copy.deepcopy(self.modules.state_dict())
                if waited > options.patience or last:
                    break
        if kept is None or best >= before:
            return None
        learners = sum(len(learners) for _, learners in self.fitted)
        self._go(learners / (learners + options.half_way), kept)
        return self.tracer.eval(), self.vectors

    def _go(self, share: float, kept: dict[str, Tensor]) -> None:
        """Go a share of the way from where training began to its best (Wortsman et al. 2022, WiSE-FT)."""
        self.modules.load_state_dict(
            {name: self.began[name] + share * (value - self.began[name]) for name, value in kept.items()}
        )

    def _apart(
        self, courses: Sequence[tuple[Course, Ints]]
    ) -> tuple[list[tuple[Course, Ints]], list[tuple[Course, Ints]]]:
        """Learners to fit to, and some to check on: at most so many responses of them."""
        fitted, checked = [], []
        room = self.options.check_responses / len(courses)
        for course, learners in courses:
            order = self.rng.permutation(np.asarray(learners))
            amount = np.cumsum(np.minimum(course.lengths[order], 400))
            aside = min(int(np.ceil(self.options.check_share * len(order))), int(np.searchsorted(amount, room)) + 1)
            aside = min(aside, len(order) - 1)
            fitted.append((course, order[aside:]))
            checked.append((course, order[:aside]))
        return fitted, checked

    def _loss(self) -> Tensor:
        options = self.options
        share = np.array(self.responses) / sum(self.responses)
        which = int(self.rng.choice(len(share), p=share))
        (course, learners), vectors = self.fitted[which], self.vectors[which]
        order = self.rng.permutation(learners)
        counted, others = np.split(order, [int(len(order) * self.rng.uniform(*_COUNTED))])
        longest = int(self.rng.choice([100, 200, 400], p=[0.4, 0.4, 0.2]))
        lengths = np.clip(course.lengths[others], 1, longest)
        number = min(len(others), max(4, int(options.responses / lengths.mean())))
        # A learner is drawn the more often the more they answered, so that every response weighs about the same.
        chosen = self.rng.choice(others, number, replace=False, p=lengths / lengths.sum())
        episode = make_episode([Piece(course, chosen, course.counts(counted))], longest=longest)
        loss = self._of(episode, vectors)
        tables = (vectors.item, vectors.skill)
        spread = options.strength * sum((t[:, 1:] ** 2).sum() + 1.5 * (t[:, :1] ** 2).sum() for t in tables)
        spread = spread + style_strength(len(learners)) * (vectors.style**2).sum()
        return loss + 0.5 * spread / self.responses[which]

    def _of(self, episode: Episode, vectors: Vectors) -> Tensor:
        item, fresh = predict_sequence(self.tracer, episode, vectors(episode), every=4, dropout=self.options.dropout)
        correct, valid = episode.outcome[..., 0], episode.valid
        some, some_valid, ahead = correct[:, ::4], valid[:, ::4], episode.ahead[:, ::4]
        return (
            masked_cross_entropy(item.logit, correct, valid)
            + 0.1 * masked_cross_entropy(fresh.logit, some, some_valid)
            + 0.05 * certainty_loss(fresh, ahead, some_valid)
        )

    @torch.no_grad()
    def _check(self, *, plain: bool = False) -> float:
        """Mean cross-entropy of the learners set aside (`plain`: without vectors), and of ordinary episodes."""
        total = amount = 0.0
        for (course, learners), counts, vectors in zip(self.checked, self.counts, self.vectors, strict=True):
            for _, episode in in_batches(course, learners, counts, longest=400):
                item, skill = vectors(episode)
                if plain:
                    item[..., 1 : 1 + ENTRIES], skill[..., 1 : 1 + ENTRIES] = 0.0, 0.0
                told = predict_sequence(self.tracer, episode, (item, skill), every=50)[0]
                number = float(episode.valid.sum())
                total += number * float(masked_cross_entropy(told.logit, episode.outcome[..., 0], episode.valid))
                amount += number
        forgotten = sum(float(self.usual.training_step(episode).loss) for episode in self.checks)
        return total / amount + _BESIDE * forgotten / max(1, len(self.checks))

    def _episodes(self, count: int, *key: int) -> Iterator[Episode]:
        """Ordinary episodes, in which the course is known by its counts alone; none without courses for them."""
        rng = np.random.default_rng(key)
        return draw_episodes(self.beside, count=count if self.beside else 0, rng=rng)
