"""The default meta-learner: it learns a course and a learner in context, by one forward step per response.

Nothing in it knows an item, skill, learner or course by name. What it sees is what can be counted in any
course (see `serving.schema`): how others did on the item and the skill, how this learner did lately, on this skill,
on this item, and how long ago. A gated recurrent unit (Cho et al. 2014) carries what the counts do not say. So
adapting to a new course or learner is reading counts and carrying a state: no gradient at serving time. Trained over
many episodes it is amortised meta-learning (Santoro et al. 2016; Garnelo et al. 2018, Conditional Neural Processes).

The very modules below are traced into the bundle's graphs, so that training and serving cannot differ.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

STATISTICS = 6
"""Entries of the learner's vector before the recurrent state: count, correct, fast and slow residual, hints, pace."""
SKILL = 4
"""Count, correct, fast and slow residual."""
ITEM = 3
"""Count, correct, last outcome (-1 or 1)."""
FEATURES = 27
OUTCOME_FEATURES = 6
PRIOR_RATE = 0.65


class Context(NamedTuple):
    """The inputs of `serving.schema`, any number of leading batch dimensions `...`."""

    learner: Tensor
    skills: Tensor
    skill_mask: Tensor
    item: Tensor
    elapsed: Tensor
    skill_elapsed: Tensor
    course_item: Tensor
    course_skills: Tensor
    course_total: Tensor


class Output(NamedTuple):
    """Prediction for a batch of contexts, each of shape [...]."""

    logit: Tensor
    concentration: Tensor


def _shrunk(counts: Tensor, prior: Tensor | float, strength: float) -> Tensor:
    """Rate of `counts` [..., 2] = (count, correct), shrunk to `prior` as if `strength` responses had shown it."""
    return (counts[..., 1] + strength * prior) / (counts[..., 0] + strength)


def _log_elapsed(seconds: Tensor) -> tuple[Tensor, Tensor]:
    """Log of the seconds, in about -1..1, and whether they are known."""
    known = (seconds >= 0).to(seconds.dtype)
    return known * (torch.log1p(torch.clamp(seconds, min=0.0)) / 8.0 - 1.0), known


def _mean_over_skills(values: Tensor, mask: Tensor) -> Tensor:
    """Mean over the skills of an item: values [..., S, D], mask [..., S] -> [..., D]; zero without a skill."""
    weights = mask.unsqueeze(-1)
    return (values * weights).sum(-2) / torch.clamp(weights.sum(-2), min=1.0)


class Tracer(nn.Module):
    """In-context knowledge tracer.

    Args:
        hidden: width of the recurrent state.
        width: width of the head.

    """

    def __init__(self, hidden: int = 48, width: int = 96) -> None:
        super().__init__()
        self.hidden = hidden
        self.recurrent = nn.GRU(FEATURES + OUTCOME_FEATURES, hidden, batch_first=True)
        self.head = nn.Sequential(
            nn.Linear(FEATURES + hidden, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 1)
        )
        # Certainty may depend only on how much was seen, so that it cannot follow noise.
        self.certainty = nn.Linear(3, 1)
        nn.init.zeros_(self.certainty.weight)
        nn.init.constant_(self.certainty.bias, 1.5)

    @property
    def dims(self) -> dict[str, int]:
        """Lengths of the learner, skill and item vector."""
        return {"learner": STATISTICS + self.hidden, "skill": SKILL, "item": ITEM}

    def base_rates(self, context: Context) -> tuple[Tensor, Tensor, Tensor]:
        """How others do: rate of the course, the item's skills, the item; each [...], shrunk to the one before."""
        course = _shrunk(context.course_total, PRIOR_RATE, 10.0)
        skills = _shrunk(context.course_skills, course.unsqueeze(-1), 10.0)
        has_skill = (context.skill_mask.sum(-1) > 0).to(course.dtype)
        skill = _mean_over_skills(skills.unsqueeze(-1), context.skill_mask).squeeze(-1) + (1 - has_skill) * course
        return course, skill, _shrunk(context.course_item, skill, 4.0)

    def features(self, context: Context) -> Tensor:
        """What the network sees of a learner and an item before the answer: [..., FEATURES]."""
        course, skill, item = self.base_rates(context)
        mine = context.learner[..., :STATISTICS]
        on_skill = _mean_over_skills(context.skills, context.skill_mask)
        on_item = context.item
        seen_by_others = _mean_over_skills(context.course_skills, context.skill_mask)
        since, since_known = _log_elapsed(context.elapsed)
        skill_since, skill_since_known = _log_elapsed(context.skill_elapsed)
        skill_since = _mean_over_skills(skill_since.unsqueeze(-1), context.skill_mask)
        skill_since_known = _mean_over_skills(skill_since_known.unsqueeze(-1), context.skill_mask)
        columns = [
            torch.logit(item, eps=1e-4),
            torch.log1p(context.course_item[..., 0]) / 5.0,
            torch.logit(skill, eps=1e-4),
            torch.log1p(seen_by_others[..., 0]) / 8.0,
            torch.logit(course, eps=1e-4),
            torch.log1p(context.course_total[..., 0]) / 10.0,
            torch.log1p(mine[..., 0]) / 5.0,
            torch.logit(_shrunk(mine[..., :2], course, 3.0), eps=1e-4),
            3.0 * mine[..., 2],
            3.0 * mine[..., 3],
            mine[..., 4],
            mine[..., 5],
            torch.log1p(on_skill[..., 0]) / 3.0,
            torch.log1p(on_skill[..., 1]) / 3.0,
            torch.log1p(torch.clamp(on_skill[..., 0] - on_skill[..., 1], min=0.0)) / 3.0,
            3.0 * on_skill[..., 2],
            3.0 * on_skill[..., 3],
            torch.clamp(context.skill_mask.sum(-1), max=2.0) / 2.0,
            torch.log1p(on_item[..., 0]),
            torch.clamp(on_item[..., 1], max=1.0),
            on_item[..., 2],
        ]
        return torch.cat(
            [torch.stack(columns, -1), since, since_known, skill_since, skill_since_known],
            -1,
        )

    def outcome_features(self, outcome: Tensor, features: Tensor) -> Tensor:
        """What the recurrent unit sees of an answer: outcome [..., 5] of the schema -> [..., OUTCOME_FEATURES]."""
        correct, score, hints, seconds, attempt = outcome.unbind(-1)
        known = (seconds >= 0).to(seconds.dtype)
        surprise = correct - torch.sigmoid(features[..., 0])
        return torch.stack(
            [
                2.0 * correct - 1.0,
                score,
                surprise,
                torch.clamp(hints, max=3.0) / 3.0,
                known * (torch.log1p(torch.clamp(seconds, min=0.0)) / 4.0 - 1.0),
                torch.log1p(attempt) / 2.0,
            ],
            -1,
        )

    def update_statistics(self, context: Context, outcome: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Take in a response, the closed-form part.

        Returns:
            Next statistics [..., STATISTICS], skills [..., S, SKILL], item [..., ITEM].

        """
        correct, _, hints, seconds, _ = outcome.unbind(-1)
        residual = correct - self.base_rates(context)[2]
        mine = context.learner
        pace = (seconds >= 0).to(seconds.dtype) * (torch.log1p(torch.clamp(seconds, min=0.0)) / 4.0 - 1.0)
        statistics = torch.stack(
            [
                mine[..., 0] + 1.0,
                mine[..., 1] + correct,
                0.85 * mine[..., 2] + 0.15 * residual,
                0.97 * mine[..., 3] + 0.03 * residual,
                0.9 * mine[..., 4] + 0.1 * torch.clamp(hints, max=3.0),
                0.9 * mine[..., 5] + 0.1 * pace,
            ],
            -1,
        )
        skills = context.skills
        skills = torch.stack(
            [
                skills[..., 0] + 1.0,
                skills[..., 1] + correct.unsqueeze(-1),
                0.7 * skills[..., 2] + 0.3 * residual.unsqueeze(-1),
                0.92 * skills[..., 3] + 0.08 * residual.unsqueeze(-1),
            ],
            -1,
        )
        item = torch.stack([context.item[..., 0] + 1.0, context.item[..., 1] + correct, 2.0 * correct - 1.0], -1)
        return statistics, skills, item

    def predict(self, context: Context, features: Tensor, hidden: Tensor) -> Output:
        """Predict from features [..., FEATURES] and recurrent state [..., hidden]."""
        # The item's own rate is the starting point; the head learns what to add to it.
        logit = features[..., 0] + self.head(torch.cat([features, hidden], -1)).squeeze(-1)
        amount = torch.stack([features[..., 12], features[..., 6], features[..., 3]], -1)
        return Output(logit, 1.0 + functional.softplus(self.certainty(amount)).squeeze(-1))

    def step(self, inputs: Tensor, hidden: Tensor) -> Tensor:
        """One step of the recurrent unit, written out: inputs [B, FEATURES + OUTCOME_FEATURES], hidden [B, hidden]."""
        weights = dict(self.recurrent.named_parameters())
        gates_in = functional.linear(inputs, weights["weight_ih_l0"], weights["bias_ih_l0"])
        gates_hidden = functional.linear(hidden, weights["weight_hh_l0"], weights["bias_hh_l0"])
        reset_in, update_in, new_in = gates_in.chunk(3, -1)
        reset_hidden, update_hidden, new_hidden = gates_hidden.chunk(3, -1)
        reset = torch.sigmoid(reset_in + reset_hidden)
        update = torch.sigmoid(update_in + update_hidden)
        new = torch.tanh(new_in + reset * new_hidden)
        return (1 - update) * new + update * hidden


class PredictGraph(nn.Module):
    """The `predict` graph of a bundle."""

    def __init__(self, tracer: Tracer) -> None:
        super().__init__()
        self.tracer = tracer

    def forward(self, *inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Context in the schema's order -> probability [B], concentration [B]."""
        context = Context(*inputs)
        output = self.tracer.predict(context, self.tracer.features(context), context.learner[..., STATISTICS:])
        return torch.sigmoid(output.logit), output.concentration


class ObserveGraph(nn.Module):
    """The `observe` graph of a bundle."""

    def __init__(self, tracer: Tracer) -> None:
        super().__init__()
        self.tracer = tracer

    def forward(self, *inputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Context and outcome in the schema's order -> next learner, skills and item vectors."""
        context, outcome = Context(*inputs[:-1]), inputs[-1]
        features = self.tracer.features(context)
        hidden = self.tracer.step(
            torch.cat([features, self.tracer.outcome_features(outcome, features)], -1),
            context.learner[..., STATISTICS:],
        )
        statistics, skills, item = self.tracer.update_statistics(context, outcome)
        return torch.cat([statistics, hidden], -1), skills, item
