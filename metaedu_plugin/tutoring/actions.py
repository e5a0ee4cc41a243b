"""A next action as a person is told it: what, why, and where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from metaedu_plugin.tutoring import offers, sentences
from metaedu_plugin.tutoring.catalogue import Catalogue, Link
from serving.types import Next, NextAction


class Action(TypedDict):
    """The one next thing worth doing."""

    kind: str
    label: str
    reason: str
    sentence: str
    skill: str | None
    skill_title: str
    item: str | None
    link: Link | None
    probability: float | None
    token: str
    """What comes back when it is followed or dismissed."""


class NextAnswer(TypedDict):
    """A next action, or none, with the reason either way."""

    action: Action | None
    reason: str
    sentence: str
    model: str
    source: str
    source_note: str


def next_answer(following: Next, *, catalogue: Catalogue) -> NextAnswer:
    """The engine's choice with its sentence and link."""
    action = _action(following.action, following, catalogue=catalogue) if following.action else None
    return NextAnswer(
        action=action,
        reason=action["reason"] if action else following.reason,
        sentence=action["sentence"] if action else sentences.say(sentences.NEXT, following.reason),
        model=following.model,
        source=following.source,
        source_note=sentences.source(following.source),
    )


def items_of(following: Next) -> list[str | None]:
    """The items that an answer needs titles of."""
    return [following.action.item] if following.action else []


def _action(action: NextAction, following: Next, *, catalogue: Catalogue) -> Action:
    title = catalogue.skill(action.skill)
    offer = offers.offer_of(action, model=following.model, source=following.source)
    return Action(
        kind=action.kind,
        label=sentences.kind(action.kind),
        reason=action.reason,
        sentence=sentences.say(sentences.NEXT, action.reason, {**_figures(action.evidence), "skill": title}),
        skill=action.skill,
        skill_title=title,
        item=action.item,
        link=catalogue.link(kind=action.kind, item=action.item, skill=action.skill),
        probability=action.probability,
        token=offers.sign(offer, course=catalogue.course),
    )


def _figures(evidence: Mapping[str, float]) -> dict[str, sentences.Figure]:
    """Whole numbers: a learner reads days and counts, not decimals."""
    return {name: round(value) for name, value in evidence.items()}
