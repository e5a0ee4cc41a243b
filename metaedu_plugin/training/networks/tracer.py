"""The default meta-learner: it learns a course and a learner in context, by one forward step per response.

Nothing in it knows an item, skill, learner or course by name. What it sees is what can be counted in any
course (see `serving.schema`): how others did on the item and the skill, how this learner did lately, on this skill,
on this item, and how long ago. A gated recurrent unit (Cho et al. 2014) carries what the counts do not say. So
adapting to a new course or learner is reading counts and carrying a state: no gradient at serving time. Trained over
many episodes it is amortised meta-learning (Santoro et al. 2016; Garnelo et al. 2018, Conditional Neural Processes).
A course whose learners were looked at once adds its style, and one that training has seen a vector for each item and
skill (`training.specialise`); zeros elsewhere.

The very modules below are traced into the bundle's graphs, so that training and serving cannot differ. There are few
operations, each over all levels (learner, skill, item) at once: a graph's time is its number of nodes.
"""

from __future__ import annotations

import copy
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from serving.schema import COUNTS, COURSE_COUNTS

LEVEL = COUNTS + 2
"""What is kept of a learner, of a learner on a skill, and on an item: own counts, fast and slow residual."""
FEATURES = 40
OUTCOME_FEATURES = 8
ENTRIES = 16
"""Of an item's or skill's vector, after its offset of the logit."""
STYLE = 24
"""Length of a course's style: how its learners' evidence counts, in directions that courses differ in."""
VECTOR = 1 + ENTRIES + STYLE
"""What training on a course keeps: an offset of the logit and a vector for each item and skill, and one style."""
PRIOR_RATE = 0.65

_SHRINK_COURSE, _SHRINK_ITEM, _SHRINK_OWN = 10.0, 4.0, 3.0
_ALIKE = 0.25
"""How alike a learner's responses are: however many, they tell of others at most what 1 / _ALIKE learners would."""
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
    started: Tensor
    scale: Tensor | None
    """Brings every feature to about -1..1, [FEATURES]; None where the weights do (`folded`)."""
    sums: Tensor
    priors: Tensor

    def __init__(self, hidden: int = 64, width: int = 96) -> None:
        super().__init__()
        self.hidden = hidden
        self.recurrent = nn.GRU(FEATURES + OUTCOME_FEATURES + 2 * ENTRIES, hidden, batch_first=True)
        self.head = nn.Sequential(
            nn.Linear(FEATURES + hidden + ENTRIES, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU()
        )
        self.told = nn.Linear(width, 1)
        self.meets = nn.Linear(hidden, ENTRIES)
        """How an item's vector meets the learner's state: their product adds to the logit."""
        self.directions = nn.Linear(FEATURES + width, STYLE)
        """The directions that courses differ in (`training.style`): a course's style is its place along them."""
        # Certainty may depend only on how much was seen, so that it cannot follow noise.
        self.certainty = nn.Linear(_AMOUNTS.stop - _AMOUNTS.start, 1)
        nn.init.zeros_(self.certainty.weight)
        nn.init.constant_(self.certainty.bias, 0.5)
        for last in (self.told, self.directions):
            for parameter in last.parameters():
                nn.init.zeros_(parameter)
        keep = torch.tensor(_FAST_AND_SLOW)
        self.register_buffer("decay", torch.cat([torch.ones(3, COUNTS), keep], -1), persistent=False)
        self.register_buffer("gain", _gain(1.0 - keep), persistent=False)
        self.register_buffer("started", torch.tensor([1.0, *[0.0] * (LEVEL - 1)]).repeat(3), persistent=False)
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
        again = torch.sign(on_item)
        rate = item + again * (item_later - item)
        mine = (right + _SHRINK_OWN * course) / tries
        rates = torch.cat([course, skill, item, course_later, item_later, rate, mine], -1)
        known = (elapsed >= 0).to(elapsed.dtype)
        features = torch.cat(
            [
                torch.log(rates / (1.0 - rates)),
                torch.log(amounts.clamp(min=1.0)),
                residuals,
                known,
                again,
                number,
            ],
            -1,
        )
        return Seen(features if self.scale is None else features * self.scale, rate, again)

    def change(self, correct: Tensor, seen: Seen) -> tuple[Tensor, ...]:
        """What a response adds to the learner, to each of its skills and to the item, each [..., LEVEL].

        `correct` is [..., 1]. All of it is linear in four numbers, and so one product.
        """
        parts = torch.cat([seen.again, correct, seen.again * correct, seen.rate], -1)
        return torch.split(functional.linear(parts, self.gain, self.started), LEVEL, -1)

    def advance(self, level: int, state: Tensor, change: Tensor) -> Tensor:
        """The next state of a level (0 learner, 1 skill, 2 item): both [..., LEVEL]."""
        return state * self.decay[level] + change

    def step_inputs(self, context: Context, outcome: Tensor, seen: Seen, *more: Tensor) -> Tensor:
        """What the recurrent unit sees of an answer, and `more` after it; outcome [..., 5] as in the schema."""
        correct, score, taken, _ = torch.split(outcome, _OUTCOME, -1)
        surprise = correct - seen.rate
        taken = torch.relu(taken)
        vector = context.course_vector[..., 1 : 1 + ENTRIES]
        parts = [correct, score, surprise, surprise * seen.again, torch.sign(taken), torch.log1p(taken)]
        return torch.cat([seen.features, *parts, vector, surprise * vector, *more], -1)

    def predict(self, context: Context, seen: Seen, hidden: Tensor) -> Output:
        """Predict from what is seen and the recurrent state [..., hidden]."""
        out = functional.linear(torch.cat([*self._read(context, seen, hidden), hidden], -1), *self._readout())
        told, certainty, coefficients = torch.split(out, [1, 1, VECTOR], -1)
        logit = told.squeeze(-1) + (coefficients * context.course_vector).sum(-1)
        return Output(logit, 1.0 + torch.exp(certainty.squeeze(-1).clamp(max=_SURE)))

    def _readout(self) -> tuple[Tensor, Tensor]:
        """Weight and bias of all that is linear in what is seen, the head's last layer and the recurrent state.

        One product for what the head tells, the certainty, and the coefficients of a course's vector.
        """
        width, told = self.told.in_features, functional.pad(self.told.weight, (FEATURES, self.hidden))
        # How others do on the item is the starting point; the head tells what to add to it.
        told = told + functional.one_hot(torch.tensor([_RATE]), told.shape[-1]).to(told)
        sure = functional.pad(self.certainty.weight, (_AMOUNTS.start, told.shape[-1] - _AMOUNTS.stop))
        meets = functional.pad(self.meets.weight, (FEATURES + width, 0))
        directions = functional.pad(self.directions.weight, (0, self.hidden))
        weight = torch.cat([told, sure, torch.zeros_like(told), meets, directions])
        offset = torch.ones_like(self.told.bias)
        bias = torch.cat([self.told.bias, self.certainty.bias, offset, self.meets.bias, self.directions.bias])
        return weight, bias

    def reads(self, context: Context, seen: Seen, hidden: Tensor) -> Tensor:
        """What is seen and the head's last layer, [..., FEATURES + width]: what the directions read."""
        return torch.cat(self._read(context, seen, hidden), -1)

    def _read(self, context: Context, seen: Seen, hidden: Tensor) -> tuple[Tensor, Tensor]:
        vector = context.course_vector[..., 1 : 1 + ENTRIES]
        return seen.features, self.head(torch.cat([seen.features, hidden, vector], -1))

    def folded(self) -> Tracer:
        """The same network with the features' scale in the weights that read them: one operation less for a graph."""
        assert self.scale is not None
        copied = copy.deepcopy(self)
        with torch.no_grad():
            for name in ("head.0.weight", "recurrent.weight_ih_l0", "directions.weight"):
                copied.get_parameter(name)[:, :FEATURES] *= self.scale
            copied.certainty.weight *= self.scale[_AMOUNTS]
        copied.scale = None
        return copied

    def step(self, inputs: Tensor, hidden: Tensor) -> Tensor:
        """One step of the recurrent unit, written out: `step_inputs` with `hidden` [B, hidden] after it, and `hidden`.

        Both gates see inputs and state by one product; what is new sees the state through the reset gate alone.
        """
        weights, both = dict(self.recurrent.named_parameters()), 2 * self.hidden
        of_hidden, bias_hidden = weights["weight_hh_l0"], weights["bias_hh_l0"]
        none = torch.zeros_like(of_hidden[both:])
        weight = torch.cat([weights["weight_ih_l0"], torch.cat([of_hidden[:both], none])], -1)
        bias = weights["bias_ih_l0"] + torch.cat([bias_hidden[:both], torch.zeros_like(bias_hidden[both:])])
        gates, new_in = torch.split(functional.linear(inputs, weight, bias), [both, self.hidden], -1)
        reset, update = torch.split(torch.sigmoid(gates), self.hidden, -1)
        new_hidden = functional.linear(hidden, of_hidden[both:], bias_hidden[both:])
        new = torch.tanh(new_in + reset * new_hidden)
        return new + update * (hidden - new)


_RATE = 5
"""Place of the logit of `Seen.rate` among the features."""
_AMOUNTS = slice(9, 20)
"""How much was seen of others and of the learner: in all, on the skill and on the item."""
_OUTCOME = [1, 1, 2, 1]
"""Of an outcome: correct, score, hints and seconds, attempt."""
_SURE = 6.0
"""Log of the largest concentration."""


def _scale() -> Tensor:
    """Brings every feature to about -1..1, [FEATURES]."""
    logits, others, own, elapsed = [1.0] * 9, [0.2] * 8, [1 / 3] * 9, [1 / 8] * 3
    return torch.tensor([*logits, *others, *own, *elapsed, *[3.0] * 6, *[1.0] * 3, 1.0, 0.5])


def _gain(keep: Tensor) -> Tensor:
    """What again, correct, both and the base rate add at each level, [3 * LEVEL, 4]; `keep` [3, 2] of residuals.

    First attempts and right ones: 1 - again (see `started`) and correct - both; later ones: again and both; residuals
    are correct - rate.
    """
    counts = torch.tensor([[-1.0, 0, 0, 0], [0, 1, -1, 0], [1, 0, 0, 0], [0, 0, 1, 0]])
    residual = torch.tensor([0.0, 1, 0, -1])
    return torch.cat([torch.cat([counts, share.unsqueeze(-1) * residual]) for share in keep])


def _base_rates(learners: Tensor, room: Tensor, counts: Tensor, *on_item: Tensor) -> tuple[Tensor, ...]:
    """How others do: five rates [..., 1], each shrunk to a wider one.

    First attempts in the course, on the skill, on the item; later attempts in the course, on the item. In the course
    and on the skill a learner's responses resemble each other: n of L learners count as n / (1 + _ALIKE n / L), the
    design effect of cluster samples (Kish 1965). Args:
        learners: L six times, [..., 6].
        room: L + _ALIKE n, likewise.
        counts: n of first attempts in the course, on the skill, later ones in the course; then the right ones of each.
        on_item: first attempts, right ones, later ones and right ones on the item, with the prior's; [..., 1] each.

    """
    item, item_right, again, again_right = on_item
    weighed = counts * (learners / room) + _SHRINKS.to(counts)
    first, narrower, first_right, narrower_right = torch.split(weighed, [1, 2, 1, 2], -1)
    in_course = first_right / first
    on_skill, later_in_course = torch.split((narrower_right + _SHRINK_COURSE * in_course) / narrower, 1, -1)
    on_item_first = (item_right + _SHRINK_ITEM * on_skill) / item
    later_on_item = (again_right + 0.5 * _SHRINK_ITEM * (on_item_first + later_in_course)) / again
    return in_course, on_skill, on_item_first, later_in_course, later_on_item


_SHRINKS = torch.tensor([*[_SHRINK_COURSE] * 3, _SHRINK_COURSE * PRIOR_RATE, 0.0, 0.0])
"""What the priors add to the counts of `_base_rates`."""
_SIZES = [20, 3, 6, 3, 3, 1, 6, 6, 6, *[1] * 4]
"""What `_sums` puts together: amounts, elapsed, residuals, own right and tries, tries at the item; and what
`_base_rates` takes."""


def _sums() -> tuple[Tensor, Tensor]:
    """Everything that is a sum of entries, as one matrix [sum(_SIZES), inputs] and what the priors add [sum(_SIZES)].

    One product in place of some twenty small operations; whole numbers below 2^24 stay exact.
    """
    names = [f"{level}.{column}" for level in ("learner", "skill") for column in range(LEVEL)]
    names += [f"on skill.{column}" for column in range(COURSE_COUNTS)] + ["elapsed.skill"]
    names += [f"item.{column}" for column in range(LEVEL)]
    names += [f"{level}.{column}" for level in ("in course", "on item") for column in range(COURSE_COUNTS)]
    names += ["elapsed.learner", "elapsed.item"]
    own, others = ("learner", "skill", "item"), ("in course", "on skill", "on item")
    elapsed = [{f"elapsed.{level}": 1.0} for level in ("learner", "item", "skill")]
    tries = [{f"{level}.0": 1.0, f"{level}.2": 1.0} for level in own]
    right = [{f"{level}.1": 1.0, f"{level}.3": 1.0} for level in own]
    wrong = [many | dict.fromkeys(some, -1.0) for many, some in zip(tries, right, strict=True)]
    learners = [f"{level}.{COUNTS}" for level in ("in course", "on skill", "in course")]
    number = ["in course.0", "on skill.0", "in course.2"]
    right_ones = ["in course.1", "on skill.1", "in course.3"]
    Entries = dict[str, float]
    rows: list[tuple[Entries, float]] = [
        # One more than there are: the logarithm of none is 0.
        *(({f"{level}.{column}": 1.0}, 1.0) for column in (0, 2) for level in others),
        *(({name: 1.0}, 1.0) for name in learners[:2]),
        *((row, 1.0) for row in (*tries, *right, *wrong, *elapsed)),
        *((row, 0.0) for row in elapsed),
        *(({f"{level}.{column}": 1.0}, 0.0) for column in (COUNTS, COUNTS + 1) for level in own),
        *((row, 0.0) for row in right),
        *((row, _SHRINK_OWN) for row in tries),
        (tries[2], 0.0),
        *(({name: 1.0}, 0.0) for name in 2 * learners),
        # A little more than nothing, so that of nobody it is 0 / 1e-6.
        *(({who: 1.0, many: _ALIKE}, 1e-6) for who, many in 2 * list(zip(learners, number, strict=True))),
        *(({name: 1.0}, 0.0) for name in (*number, *right_ones)),
        ({"on item.0": 1.0}, _SHRINK_ITEM),
        ({"on item.1": 1.0}, 0.0),
        ({"on item.2": 1.0}, _SHRINK_ITEM),
        ({"on item.3": 1.0}, 0.0),
    ]
    matrix = torch.zeros(len(rows), len(names))
    for place, (entries, _) in enumerate(rows):
        for name, weight in entries.items():
            matrix[place, names.index(name)] = weight
    return matrix, torch.tensor([prior for _, prior in rows])


class PredictGraph(nn.Module):
    """The `predict` graph of a bundle."""

    def __init__(self, tracer: Tracer) -> None:
        super().__init__()
        self.tracer = tracer.folded()

    def forward(self, *inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Context in the schema's order -> probability [B], concentration [B]."""
        context = Context(*inputs)
        output = self.tracer.predict(context, self.tracer.see(context), context.learner[..., LEVEL:])
        return torch.sigmoid(output.logit), output.concentration


class ObserveGraph(nn.Module):
    """The `observe` graph of a bundle: it predicts, and then takes in what the answer was."""

    def __init__(self, tracer: Tracer) -> None:
        super().__init__()
        self.tracer = tracer.folded()

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Context and outcome in the schema's order -> probability, concentration, next learner, skills, item."""
        context, outcome, tracer = Context(*inputs[:-1]), inputs[-1], self.tracer
        seen, hidden = tracer.see(context), context.learner[..., LEVEL:]
        before = tracer.predict(context, seen, hidden)
        hidden = tracer.step(tracer.step_inputs(context, outcome, seen, hidden), hidden)
        on_learner, on_skills, on_item = tracer.change(torch.split(outcome, _OUTCOME, -1)[0], seen)
        learner = tracer.advance(_LEARNER, context.learner[..., :LEVEL], on_learner)
        return (
            torch.sigmoid(before.logit),
            before.concentration,
            torch.cat([learner, hidden], -1),
            tracer.advance(_SKILL, context.skills, on_skills.unsqueeze(-2)),
            tracer.advance(_ITEM, context.item, on_item),
        )
