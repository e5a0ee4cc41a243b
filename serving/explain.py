"""What a prediction rests on: each kind of evidence taken away in turn, and the prediction made again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

from serving import reasons
from serving.model import Context, Floats, Model, summed
from serving.types import UNKNOWN, Evidence


class Kind(NamedTuple):
    """A kind of evidence: its figure (None when there is none), and the context without it; both for one pair."""

    code: str
    value: Callable[[Context], float | None]
    without: Callable[[Context], Context]


def _rate(counts: Floats) -> float | None:
    """Share correct of counts [..., 4 or more], whichever attempts they were."""
    number, correct = summed(counts).reshape(-1, 2).sum(axis=0)
    return float(correct / number) if number > 0 else None


def _days(context: Context) -> float | None:
    known = context.skill_elapsed[(context.skill_elapsed >= 0) & (context.skill_mask > 0)]
    return float(known.min()) / 86400 if known.size else None


def _unknown(times: Floats, column: int | None = None) -> Floats:
    result = times.copy()
    result[..., slice(None) if column is None else column] = UNKNOWN
    return result


KINDS: Final[tuple[Kind, ...]] = (
    Kind(
        reasons.OWN_OVERALL,
        lambda c: _rate(c.learner),
        lambda c: c._replace(learner=np.zeros_like(c.learner), elapsed=_unknown(c.elapsed, 0)),
    ),
    Kind(
        reasons.OWN_SKILL,
        lambda c: _rate(c.skills),
        lambda c: c._replace(skills=np.zeros_like(c.skills), skill_elapsed=_unknown(c.skill_elapsed)),
    ),
    Kind(
        reasons.OWN_ITEM,
        lambda c: _rate(c.item),
        lambda c: c._replace(item=np.zeros_like(c.item), elapsed=_unknown(c.elapsed, 1)),
    ),
    Kind(
        # What training learned of the course goes with it, its style too: others' answers, seen earlier.
        reasons.OTHERS_ITEM,
        lambda c: _rate(c.course_item),
        lambda c: c._replace(course_item=np.zeros_like(c.course_item), course_vector=np.zeros_like(c.course_vector)),
    ),
    Kind(
        reasons.OTHERS_SKILL,
        lambda c: _rate(c.course_skills),
        lambda c: c._replace(course_skills=np.zeros_like(c.course_skills)),
    ),
    Kind(
        reasons.TIME_SINCE,
        _days,
        lambda c: c._replace(elapsed=_unknown(c.elapsed), skill_elapsed=_unknown(c.skill_elapsed)),
    ),
)


def evidence(model: Model, context: Context) -> list[Evidence]:
    """The evidence behind the prediction for one pair (B = 1), the strongest first.

    An effect is the prediction with everything less the one without this kind; effects of kinds that tell the same
    do not add up to the whole.
    """
    present = [(kind, value) for kind in KINDS if (value := kind.value(context)) is not None]
    variants = [context, *(kind.without(context) for kind, _ in present)]
    chances = model.predict(Context(*(np.concatenate(arrays) for arrays in zip(*variants, strict=True))))[0]
    found = [
        Evidence(code=kind.code, value=value, effect=float(chances[0] - chances[number]))
        for number, (kind, value) in enumerate(present, start=1)
    ]
    return sorted(found, key=lambda each: -abs(each.effect))
