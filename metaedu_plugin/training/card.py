"""The model card of a bundle, made from the run that made it (after Mitchell et al. 2019, Model Cards)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

CARD = """# Model card: {name}

## What it is

An in-context knowledge tracer: from the counts of a course and the responses of one learner it predicts the chance
that the learner's next answer is right, and the mastery of each skill with its uncertainty. It knows no item, skill,
learner or course by name, so it can be used in a course that it has never seen. Where it was trained further on a
course, what that course's items and skills are like is added as vectors. Two ONNX graphs; nothing in the bundle is
executable code.

## What it is for

Feedback after an answer, the choice of a next action, a plan, and findings for instructors, who keep the last word.
It is **not** made for grading, admission, certification or proctoring, and nothing of this kind was evaluated.

## What it was trained on

{data}

No names, texts or ids of learners are in the model. Of a course that it was trained further on, it holds the keys of
the items and skills, each with a vector. Learners who were held out for the evaluation were never trained on.

## Terms

{terms}

## How good it is

AUC with its 95 % interval, clustered by learner; ECE over 15 bins.

{tables}
## What it costs

{costs}

## Limits

- The interval of a mastery says how sure the model is within the kinds of course it was trained on; a course that is
  very different may be outside of them.
- A skill is what the course's tags say. Wrong tags give wrong mastery.
- Groups of learners were not compared: no group attributes are captured.

## Made by

{made}
"""

OWN_DATA = "It was trained on responses of this installation: whether it may leave it is for whoever answers for them."
OTHERS = {
    "none": "of whose learners nobody had answered before",
    "half": "of whose learners half had answered before",
}


def card(
    name: str, metrics: Mapping[str, Any], data: Mapping[str, Any], made: Mapping[str, Any], terms: str = OWN_DATA
) -> str:
    """Markdown of the card.

    Args:
        name: of the version.
        metrics: the evaluation's `table` and `unseen_courses`, rows with method, answers, auc, log_loss, ece, ...;
            `seconds`, `peak_mb` and `microseconds`, each by what was measured.
        data: facts about the data, by name.
        made: options of the run, by name.
        terms: whose data it was and what may be done with the version.

    """
    return CARD.format(
        name=name,
        data=_list(data),
        terms=terms,
        tables=_tables(metrics),
        costs=_list({_UNITS[key]: _costs(metrics[key]) for key in _UNITS if metrics.get(key)}),
        made=_list(made),
    )


_UNITS = {
    "seconds": "seconds",
    "peak_mb": "peak memory, MB",
    "microseconds": "microseconds a response",
    "bytes": "bytes",
}


def _costs(figure: Any) -> str:
    if isinstance(figure, Mapping):
        return ", ".join(f"{name} {value:,}" for name, value in figure.items())
    return f"{figure:,}"


def _tables(metrics: Mapping[str, Any]) -> str:
    parts = []
    if metrics.get("table"):
        parts.append(f"On learners never seen in training, in courses that were:\n\n{_table(metrics['table'])}")
    unseen = metrics.get("unseen_courses") or []
    for origin, others in dict.fromkeys((row.get("origin", ""), row.get("others", "")) for row in unseen):
        rows = [row for row in unseen if (row.get("origin", ""), row.get("others", "")) == (origin, others)]
        whose = f", {OTHERS[others]}" if others in OTHERS else ""
        parts.append(f"On {origin} courses never seen in training{whose}:\n\n{_table(rows)}")
    return "\n".join(parts) or "Nothing was evaluated.\n"


def _list(facts: Mapping[str, Any]) -> str:
    return "\n".join(f"- {key.replace('_', ' ')}: {value}" for key, value in facts.items()) or "- nothing recorded"


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    lines = ["| method | responses seen | AUC | log loss | ECE | responses |", "|---|---|--:|--:|--:|--:|"]
    for row in rows:
        interval = f"{_figure(row, 'auc')} ({_figure(row, 'auc_low')} to {_figure(row, 'auc_high')})"
        cells = [str(row.get("method", "")), str(row.get("answers", "")), interval]
        cells += [_figure(row, "log_loss"), _figure(row, "ece"), f"{row.get('responses', '')}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _figure(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return "-" if value is None else f"{value:.3f}"
