"""Training further on a course that has been answered enough: what its counts cannot say.

The in-context network needs no training to meet a course. Where the course's own responses allow, two things are
added, each of which shrinks to nothing where they do not:

1. an *offset* of the logit for each item and skill: the maximum a posteriori of a logistic model on top of what the
   network says, with a normal prior (a closed form's worth of work: Newton's method on a convex loss). This is what
   the items are harder or easier by, with who answered them, when and how often taken into account;
2. *vectors* of the items and skills, and the network's weights, by back-propagation with early stopping on learners
   who are set aside, as in a fine-tuned knowledge tracer (Piech et al. 2015, Deep Knowledge Tracing).

In both, every learner is predicted from the counts of the others.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from metaedu_plugin.training.course import Course, CourseCounts, Ints
from metaedu_plugin.training.episodes import Episode, Piece, make_episode
from metaedu_plugin.training.following import in_batches, logits
from metaedu_plugin.training.in_context import certainty_loss, masked_cross_entropy, predict_sequence
from metaedu_plugin.training.networks.tracer import VECTOR, Tracer
from metaedu_plugin.training.vectors import Vectors

_STRENGTH = 12.0
"""Precision of the prior on an offset, in logits^-2."""
_NEWTON = 15
_NEIGHBOUR_SPREAD = 0.05


@dataclass(frozen=True)
class SpecialiseOptions:
    """How long and how freely to train on; the defaults were chosen on other courses than those reported on."""

    steps: int = 150
    responses: int = 6400
    """Responses of a step."""
    rate: float = 1e-3
    vector_rate: float = 3e-3
    strength: float = 20.0
    """Precision of the prior on a vector's entries."""
    at_least: int = 500
    """Responses below which only offsets are fitted."""
    learners_at_least: int = 20
    half_way: float = 30.0
    """Learners at which what was trained counts half: few learners can be right by chance about when to stop."""
    check_every: int = 25
    patience: int = 2
    """Checks without a better loss before training ends."""
    check_share: float = 0.15
    check_responses: int = 15_000
    seconds: float = float("inf")
    seed: int = 0


FREELY = SpecialiseOptions(steps=200, rate=2e-3, vector_rate=1e-2, strength=8.0)
"""Where every vector is shown by many responses, there is more to be learned and less to go wrong."""
_MANY = 500
"""Responses for each vector."""


def options_for(courses: Sequence[tuple[Course, Ints]]) -> SpecialiseOptions:
    """How to train on, by how many responses there are for each item and skill."""
    responses = sum(int(course.lengths[learners].sum()) for course, learners in courses)
    rows = sum(int((~course.anonymous).sum()) + len(course.data.skills) for course, _ in courses)
    return FREELY if responses > _MANY * rows else SpecialiseOptions()


def offsets(
    tracer: Tracer, course: Course, learners: Ints, *, support: CourseCounts | None = None, strength: float = _STRENGTH
) -> Vectors:
    """Fit the offsets of a course's items and skills to these learners; the other entries are zero."""
    vectors = Vectors(course)
    counts = course.counts(learners) if support is None else support
    base = logits(tracer, course, learners, counts, own_out=True)
    where = np.concatenate([np.empty(0, np.int64), *(np.r_[course.rows(int(n))] for n in learners)]).astype(np.int64)
    if not len(where):
        return vectors
    item = np.where(course.anonymous[course.item[where]], 0, course.item[where] + 1)
    skill = course.skill_table[course.item[where]] + 1
    on_item, on_skill = fit_offsets(
        base, course.outcome[where, 0].astype(np.float64), item, skill,
        items=len(vectors.item), skills=len(vectors.skill), strength=strength,
    )  # fmt: skip
    with torch.no_grad():
        vectors.item[:, 0], vectors.skill[:, 0] = torch.from_numpy(on_item), torch.from_numpy(on_skill)
    return vectors


def fit_offsets(
    base: NDArray[np.float64],
    correct: NDArray[np.float64],
    item: Ints,
    skill: Ints,
    *,
    items: int,
    skills: int,
    strength: float = _STRENGTH,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Maximum a posteriori offsets [items] and [skills]: correct ~ sigmoid(base + offset(item) + mean offset(skills)).

    Args:
        base: [R] logit without offsets.
        correct: [R] 0 or 1.
        item: [R] row of the item; 0 for none.
        skill: [R, S] rows of the skills; 0 for none.
        items: how many rows there are for items.
        skills: how many for skills.
        strength: precision of the normal prior.

    """
    on_item, on_skill = np.zeros(items), np.zeros(skills)
    there = skill > 0
    share = there / np.maximum(there.sum(1, keepdims=True), 1)

    def change(group: Ints, weight: NDArray[np.float64], offset: NDArray[np.float64]) -> NDArray[np.float64]:
        chance = 1.0 / (1.0 + np.exp(-(base + on_item[item] + (on_skill[skill] * share).sum(1))))
        slope = np.bincount(group, weights=weight * (correct - chance), minlength=len(offset)) - strength * offset
        bend = np.bincount(group, weights=weight**2 * chance * (1 - chance), minlength=len(offset)) + strength
        step: NDArray[np.float64] = 0.8 * slope / bend
        step[0] = 0.0
        return step

    for _ in range(_NEWTON):
        on_item += change(item, np.ones(len(base)), on_item)
        for column in range(skill.shape[1]):
            on_skill += change(skill[:, column], share[:, column], on_skill)
    return on_item, on_skill


def specialise(
    tracer: Tracer,
    courses: Sequence[tuple[Course, Ints]],
    options: SpecialiseOptions | None = None,
    *,
    on_check: Callable[[int, float], None] = lambda step, loss: None,
) -> tuple[Tracer, list[Vectors]]:
    """Train a copy of the network further on these learners of these courses.

    Args:
        tracer: a meta-trained network; it is left as it is.
        courses: each with the learners (indices of its sequences) that may be learned from.
        options: see there; by the courses (`options_for`) when not given.
        on_check: told the step and the loss on the learners set aside.

    Returns:
        The network, and the vectors of each course. With too few responses it is the network given, with offsets.

    """
    options = options or options_for(courses)
    together = sum(int(course.lengths[learners].sum()) for course, learners in courses)
    number = sum(len(learners) for _, learners in courses)
    if together < options.at_least or number < options.learners_at_least or not options.steps:
        return tracer, [offsets(tracer, course, learners) for course, learners in courses]
    trained = _Specialising(tracer, courses, options, on_check).run()
    if trained is None:
        return tracer, [offsets(tracer, course, learners) for course, learners in courses]
    return trained


class _Specialising:
    """One further training."""

    def __init__(
        self,
        tracer: Tracer,
        courses: Sequence[tuple[Course, Ints]],
        options: SpecialiseOptions,
        on_check: Callable[[int, float], None],
    ) -> None:
        self.options, self.on_check = options, on_check
        self.rng = np.random.default_rng(options.seed)
        torch.manual_seed(options.seed)
        self.fitted, self.checked = self._apart(courses)
        self.counts = [course.counts(learners) for course, learners in self.fitted]
        self.tracer = copy.deepcopy(tracer)
        self.vectors = nn.ModuleList(
            offsets(tracer, course, learners, support=counts)
            for (course, learners), counts in zip(self.fitted, self.counts, strict=True)
        )
        self.began = copy.deepcopy(nn.ModuleList([self.tracer, self.vectors]).state_dict())
        with torch.no_grad():
            for table in self._tables():
                table[1:, 1:] = torch.randn(len(table) - 1, VECTOR - 1) * _NEIGHBOUR_SPREAD
        self.responses = [int(course.lengths[learners].sum()) for course, learners in self.fitted]

    def run(self) -> tuple[Tracer, list[Vectors]] | None:
        """Train until the learners set aside are predicted no better; None when they never were."""
        options, started = self.options, time.monotonic()
        optimizer = torch.optim.AdamW(
            [
                {"params": list(self.tracer.parameters()), "lr": options.rate, "weight_decay": 1e-3},
                {"params": self._tables(), "lr": options.vector_rate, "weight_decay": 0.0},
            ]
        )
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer,
            max_lr=[group["lr"] for group in optimizer.param_groups],
            total_steps=options.steps,
            pct_start=0.15,
        )
        before = best = self._check(plain=True)
        self.on_check(0, best)
        kept: dict[str, Tensor] | None = None
        waited = 0
        modules = nn.ModuleList([self.tracer, self.vectors])
        for step in range(1, options.steps + 1):
            loss = self._loss()
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(modules.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            last = step == options.steps or time.monotonic() - started > options.seconds
            if step % options.check_every == 0 or last:
                now = self._check()
                self.on_check(step, now)
                waited = 0 if now < best else waited + 1
                if now < best:
                    best, kept = now, copy.deepcopy(modules.state_dict())
                if waited > options.patience or last:
                    break
        if kept is None or best >= before:
            return None
        learners = sum(len(learners) for _, learners in self.fitted)
        self._go(learners / (learners + options.half_way), modules, kept)
        return self.tracer.eval(), [vectors for vectors in self.vectors if isinstance(vectors, Vectors)]

    def _go(self, share: float, modules: nn.Module, kept: dict[str, Tensor]) -> None:
        """Go a share of the way from where training began to its best (Wortsman et al. 2022, WiSE-FT)."""
        modules.load_state_dict(
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
        (course, learners), counts, vectors = self.fitted[which], self.counts[which], self.vectors[which]
        longest = int(self.rng.choice([100, 200, 400], p=[0.4, 0.4, 0.2]))
        usual = max(1.0, float(np.minimum(course.lengths[learners], longest).mean()))
        number = min(len(learners), max(4, int(options.responses / usual)))
        # A learner is drawn the more often the more they answered, so that every response weighs about the same.
        weight = np.minimum(course.lengths[learners], longest).astype(float)
        chosen = self.rng.choice(learners, number, replace=False, p=weight / weight.sum())
        episode = make_episode([Piece(course, chosen, counts, own_out=True)], longest=longest)
        loss = self._of(episode, vectors)
        spread = sum(((table[:, 1:]) ** 2).sum() + 1.5 * (table[:, :1] ** 2).sum() for table in vectors.parameters())
        return loss + 0.5 * options.strength * spread / self.responses[which]

    def _of(self, episode: Episode, vectors: nn.Module) -> Tensor:
        item, fresh = predict_sequence(self.tracer, episode, vectors(episode), every=4)
        correct, valid = episode.outcome[..., 0], episode.valid
        some, some_valid, ahead = correct[:, ::4], valid[:, ::4], episode.ahead[:, ::4]
        return (
            masked_cross_entropy(item.logit, correct, valid)
            + 0.1 * masked_cross_entropy(fresh.logit, some, some_valid)
            + 0.05 * certainty_loss(fresh, ahead, some_valid)
        )

    @torch.no_grad()
    def _check(self, *, plain: bool = False) -> float:
        """Mean cross-entropy of the learners set aside; `plain` with offsets alone."""
        total = amount = 0.0
        for (course, learners), counts, vectors in zip(self.checked, self.counts, self.vectors, strict=True):
            for _, episode in in_batches(course, learners, counts, longest=400):
                item, skill = vectors(episode)
                if plain:
                    item, skill = (torch.cat([v[..., :1], torch.zeros_like(v[..., 1:])], -1) for v in (item, skill))
                told = predict_sequence(self.tracer, episode, (item, skill), every=50)[0]
                number = float(episode.valid.sum())
                total += number * float(masked_cross_entropy(told.logit, episode.outcome[..., 0], episode.valid))
                amount += number
        return total / amount

    def _tables(self) -> list[nn.Parameter]:
        return list(self.vectors.parameters())
