"""The default meta-learner: it learns a course and a learner in context, by one forward step per response.

Nothing in it knows an item, skill, learner or course by name. What it sees is what can be counted in any
course (see `serving.schema`): how others did on the item and the skill, how this learner did lately, on this skill,
on this item, and how long ago. A gated recurrent unit (Cho et al. 2014) carries what the counts do not say. So
adapting to a new course or learner is reading counts and carrying a state: no gradient at serving time. Trained over
many episodes it is amortised meta-learning (Santoro et al. 2016; Garnelo et al. 2018, Conditional Neural Processes).
A course that training itself has seen adds a vector for each item and skill (`training.specialise`); zeros elsewhere.

The very modules below are traced into the bundle's graphs, so that training and serving cannot differ. There are few
operations, each over all levels (learner, skill, item) at once: a graph's time is its number of nodes.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

COUNTS = 4
"""First attempts and right ones, later attempts and right ones."""
LEVEL = COUNTS + 2
"""What is kept of a learner, of a learner on a skill, and on an item: own counts, fast and slow residual."""
FEATURES = 38
OUTCOME_FEATURES = 6
VECTOR = 17
"""What training on a course keeps of an item or skill: an offset of the logit, and 16 entries for the network."""
PRIOR_RATE = 0.65

_SHRINK_COURSE, _SHRINK_ITEM, _SHRINK_OWN = 10.0, 4.0, 3.0
_LEARNER, _SKILL, _ITEM = range(3)
_FAST_AND_SLOW = ((0.85, 0.97), (0.70, 0.92), (0.30, 0.80))
"""How much of a residual is kept at the next response, for each level."""


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
    course_vector: Tensor


class Seen(NamedTuple):
    """What the network makes of a context, before the answer."""

    features: Tensor
    """[..., FEATURES]"""
    rate: Tensor
    """[..., 1] how often others are right here: at first, or when they try the item again as this learner does."""
    again: Tensor
    """[..., 1] 1 where the learner has answered this item before."""


class Output(NamedTuple):
    """Prediction for a batch of contexts, each of shape [...]."""

    logit: Tensor
    concentration: Tensor


class Tracer(nn.Module):
    """In-context knowledge tracer.

    Args:
        hidden: width of the recurrent state.
        width: width of the head.

    """

    decay: Tensor
    gain: Tensor
    scale: Tensor
    sums: Tensor
    priors: Tensor

    def __init__(self, hidden: int = 64, width: int = 96) -> None:
        super().__init__()
        self.hidden = hidden
        reads = VECTOR - 1
        self.recurrent = nn.GRU(FEATURES + OUTCOME_FEATURES + 2 * reads, hidden, batch_first=True)
        self.head = nn.Sequential(
            nn.Linear(FEATURES + hidden + reads, width),
            nn.SiLU(),
            nn.Linear(width, width),
            nn.SiLU(),
            nn.Linear(width, 1),
        )
        self.meets = nn.Linear(hidden, reads)
        """How an item's vector meets the learner's state: their product adds to the logit."""
        # Certainty may depend only on how much was seen, so that it cannot follow noise.
        self.certainty = nn.Linear(9, 1)
        nn.init.zeros_(self.certainty.weight)
        nn.init.constant_(self.certainty.bias, 1.5)
        for parameter in self.head[-1].parameters():
            nn.init.zeros_(parameter)
        keep = torch.tensor(_FAST_AND_SLOW)
        counts = torch.ones(3, COUNTS)
        self.register_buffer("decay", torch.cat([counts, keep], -1), persistent=False)
        self.register_buffer("gain", torch.cat([counts, 1.0 - keep], -1), persistent=False)
        self.register_buffer("scale", _scale(), persistent=False)
        sums, priors = _sums()
        self.register_buffer("sums", sums, persistent=False)
        self.register_buffer("priors", priors, persistent=False)

    @property
    def dims(self) -> dict[str, int]:
        """Lengths of the learner, skill, item and course vector."""
        return {"learner": LEVEL + self.hidden, "skill": LEVEL, "item": LEVEL, "vector": VECTOR}

    def see(self, context: Context) -> Seen:
        """What the network sees of a learner and an item before the answer."""
        mask = context.skill_mask
        number = mask.sum(-1, keepdim=True)
        share = (mask / number.clamp(min=1.0)).unsqueeze(-2)
        of_skills = torch.cat([context.skills, context.course_skills, context.skill_elapsed.unsqueeze(-1)], -1)
        told = torch.cat(
            [
                context.learner[..., :LEVEL],
                (share @ of_skills).squeeze(-2),
                context.item,
                context.course_total,
                context.course_item,
                context.elapsed,
            ],
            -1,
        )
        sums = functional.linear(told, self.sums, self.priors)
        amounts, elapsed, residuals, right, tries, on_item, *counts = torch.split(sums, _SIZES, -1)
        course, skill, item, course_later, item_later = _base_rates(*counts)
        again = (on_item > 0).to(on_item.dtype)
        rate = item + again * (item_later - item)
        mine = (right + _SHRINK_OWN * course) / tries
        rates = torch.cat([course, skill, item, course_later, item_later, rate, mine], -1)
        known = (elapsed >= 0).to(elapsed.dtype)
        features = torch.cat(
            [
                torch.log(rates) - torch.log(1.0 - rates),
                torch.log1p(torch.relu(amounts)),
                residuals,
                known,
                again,
                number,
            ],
            -1,
        )
        return Seen(features * self.scale, rate, again)

    def change(self, correct: Tensor, seen: Seen) -> Tensor:
        """What a response adds at every level before decay and gain: correct [..., 1] -> [..., LEVEL]."""
        first, residual = 1.0 - seen.again, correct - seen.rate
        return torch.cat([first, first * correct, seen.again, seen.again * correct, residual, residual], -1)

    def advance(self, level: int, state: Tensor, change: Tensor) -> Tensor:
        """The next state of a level (0 learner, 1 skill, 2 item): both [..., LEVEL]."""
        return state * self.decay[level] + change * self.gain[level]

    def step_inputs(self, context: Context, outcome: Tensor, seen: Seen) -> Tensor:
        """What the recurrent unit sees of an answer; outcome [..., 5] as in the schema."""
        correct, score, hints, seconds, _ = torch.split(outcome, 1, -1)
        surprise = correct - seen.rate
        pace = torch.where(seconds >= 0, torch.log1p(torch.relu(seconds)) * 0.25 - 1.0, 0.0)
        help_taken = hints.clamp(max=3.0) * (1 / 3)
        vector = context.course_vector[..., 1:]
        parts = [2.0 * correct - 1.0, surprise, surprise * seen.again, score - correct, help_taken, pace]
        return torch.cat([seen.features, *parts, vector, (2.0 * surprise) * vector], -1)

    def predict(self, context: Context, seen: Seen, hidden: Tensor) -> Output:
        """Predict from what is seen and the recurrent state [..., hidden]."""
        offset, vector = torch.split(context.course_vector, [1, VECTOR - 1], -1)
        told = self.head(torch.cat([seen.features, hidden, vector], -1))
        meeting = (vector * self.meets(hidden)).sum(-1, keepdim=True)
        # How others do on the item is the starting point; the head learns what to add to it.
        logit = seen.features[..., _RATE : _RATE + 1] + told + meeting + offset
        certainty = 1.0 + functional.softplus(self.certainty(seen.features[..., _AMOUNTS]))
        return Output(logit.squeeze(-1), certainty.squeeze(-1))

    def step(self, inputs: Tensor, hidden: Tensor) -> Tensor:
        """One step of the recurrent unit, written out: inputs [B, ...] of `step_inputs`, hidden [B, hidden]."""
        weights = dict(self.recurrent.named_parameters())
        gates_in = functional.linear(inputs, weights["weight_ih_l0"], weights["bias_ih_l0"])
        gates_hidden = functional.linear(hidden, weights["weight_hh_l0"], weights["bias_hh_l0"])
        sizes = [2 * self.hidden, self.hidden]
        both_in, new_in = torch.split(gates_in, sizes, -1)
        both_hidden, new_hidden = torch.split(gates_hidden, sizes, -1)
        reset, update = torch.split(torch.sigmoid(both_in + both_hidden), self.hidden, -1)
        new = torch.tanh(new_in + reset * new_hidden)
        return new + update * (hidden - new)


_RATE = 5
"""Place of the logit of `Seen.rate` among the features."""
_AMOUNTS = slice(9, 18)
"""How much was seen of others and of the learner: in all, on the skill and on the item."""


def _scale() -> Tensor:
    """Brings every feature to about -1..1, [FEATURES]."""
    logits, others, own, elapsed = [1.0] * 9, [0.2] * 6, [1 / 3] * 9, [1 / 8] * 3
    return torch.tensor([*logits, *others, *own, *elapsed, *[3.0] * 6, *[1.0] * 3, 1.0, 0.5])


def _base_rates(*counts: Tensor) -> tuple[Tensor, ...]:
    """How others do: five rates [..., 1], each shrunk to a wider one.

    First attempts in the course, on the skill, on the item; later attempts in the course, on the item. `counts` are
    number and right ones of each, with the prior's responses in.
    """
    first, first_right, skill, skill_right, item, item_right, later, later_right, again, again_right = counts
    in_course = first_right / first
    as_course = _SHRINK_COURSE * in_course
    on_skill = (skill_right + as_course) / skill
    on_item = (item_right + _SHRINK_ITEM * on_skill) / item
    later_in_course = (later_right + as_course) / later
    later_on_item = (again_right + 0.5 * _SHRINK_ITEM * (on_item + later_in_course)) / again
    return in_course, on_skill, on_item, later_in_course, later_on_item


_SIZES = [18, 3, 6, 3, 3, 1, *[1] * 10]
"""What `_sums` puts together: amounts, elapsed, residuals, own right and tries, tries at the item, others' counts."""


def _sums() -> tuple[Tensor, Tensor]:
    """Everything that is a sum of entries, as one matrix [sum(_SIZES), inputs] and what the priors add [sum(_SIZES)].

    One product in place of some twenty small operations; whole numbers below 2^24 stay exact.
    """
    names = [f"{level}.{column}" for level in ("learner", "skill") for column in range(LEVEL)]
    names += [f"on skill.{column}" for column in range(COUNTS)] + ["elapsed.skill"]
    names += [f"item.{column}" for column in range(LEVEL)]
    names += [f"{level}.{column}" for level in ("in course", "on item") for column in range(COUNTS)]
    names += ["elapsed.learner", "elapsed.item"]
    own, others = ("learner", "skill", "item"), ("in course", "on skill", "on item")
    elapsed = [[f"elapsed.{level}"] for level in ("learner", "item", "skill")]
    tries = [[f"{level}.0", f"{level}.2"] for level in own]
    right = [[f"{level}.1", f"{level}.3"] for level in own]
    wrong = [[*many, *(f"-{name}" for name in some)] for many, some in zip(tries, right, strict=True)]
    rows: list[tuple[list[str], float]] = [
        *(([f"{level}.{column}"], 0.0) for column in (0, 2) for level in others),
        *((row, 0.0) for row in (*tries, *right, *wrong, *elapsed, *elapsed)),
        *(([f"{level}.{column}"], 0.0) for column in (COUNTS, COUNTS + 1) for level in own),
        *((row, 0.0) for row in right),
        *((row, _SHRINK_OWN) for row in tries),
        (tries[2], 0.0),
        (["in course.0"], _SHRINK_COURSE),
        (["in course.1"], _SHRINK_COURSE * PRIOR_RATE),
        (["on skill.0"], _SHRINK_COURSE),
        (["on skill.1"], 0.0),
        (["on item.0"], _SHRINK_ITEM),
        (["on item.1"], 0.0),
        (["in course.2"], _SHRINK_COURSE),
        (["in course.3"], 0.0),
        (["on item.2"], _SHRINK_ITEM),
        (["on item.3"], 0.0),
    ]
    matrix = torch.zeros(len(rows), len(names))
    for place, (entries, _) in enumerate(rows):
        for entry in entries:
            matrix[place, names.index(entry.lstrip("-"))] = -1.0 if entry.startswith("-") else 1.0
    return matrix, torch.tensor([prior for _, prior in rows])


class PredictGraph(nn.Module):
    """The `predict` graph of a bundle."""

    def __init__(self, tracer: Tracer) -> None:
        super().__init__()
        self.tracer = tracer

    def forward(self, *inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Context in the schema's order -> probability [B], concentration [B]."""
        context = Context(*inputs)
        output = self.tracer.predict(context, self.tracer.see(context), context.learner[..., LEVEL:])
        return torch.sigmoid(output.logit), output.concentration


class ObserveGraph(nn.Module):
    """The `observe` graph of a bundle: it predicts, and then takes in what the answer was."""

    def __init__(self, tracer: Tracer) -> None:
        super().__init__()
        self.tracer = tracer

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Context and outcome in the schema's order -> probability, concentration, next learner, skills, item."""
        context, outcome, tracer = Context(*inputs[:-1]), inputs[-1], self.tracer
        seen, hidden = tracer.see(context), context.learner[..., LEVEL:]
        before = tracer.predict(context, seen, hidden)
        hidden = tracer.step(tracer.step_inputs(context, outcome, seen), hidden)
        change = tracer.change(outcome[..., :1], seen)
        learner = tracer.advance(_LEARNER, context.learner[..., :LEVEL], change)
        return (
            torch.sigmoid(before.logit),
            before.concentration,
            torch.cat([learner, hidden], -1),
            tracer.advance(_SKILL, context.skills, change.unsqueeze(-2)),
            tracer.advance(_ITEM, context.item, change),
        )
