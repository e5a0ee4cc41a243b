"""The gate's decision in words: what was found, with its figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from metaedu_plugin.registry import gate

REFERENCES: Final = {"prior, no training": gettext_lazy("the prior")}
"""References that are no version, as people call them."""

VERDICTS: Final = {
    gate.BETTER: gettext_lazy("Passed: better than %(reference)s beyond noise."),
    gate.CHEAPER: gettext_lazy("Passed: not worse than %(reference)s, and cheaper."),
    gate.BETTER_THAN_BASELINE: gettext_lazy(
        "Passed: better beyond noise than what would answer without it (%(reference)s)."
    ),
    gate.WORSE: gettext_lazy("Not passed: worse than %(reference)s beyond noise."),
    gate.NO_BETTER: gettext_lazy("Not passed: no better than %(reference)s beyond noise, and not cheaper."),
    gate.NO_BETTER_THAN_BASELINE: gettext_lazy(
        "Not passed: no better beyond noise than what would answer without it (%(reference)s)."
    ),
    gate.NOT_ENOUGH_DATA: gettext_lazy("Not decided: too few held-out learners to tell it from %(reference)s."),
    gate.CHAMPION_CHANGED: gettext_lazy(
        "Not decided: it was compared with %(reference)s, which is no longer the champion. Train again."
    ),
    gate.NOT_FINITE: gettext_lazy("Not passed: its losses are not finite; its training diverged."),
    gate.BUNDLE_BROKEN: gettext_lazy("Not passed: its bundle no longer loads."),
}


def verdict(decision: Mapping[str, Any]) -> str:
    """One sentence that says what the gate decided; empty when it has not judged."""
    if not decision:
        return ""
    text = VERDICTS.get(decision.get("reason", ""))
    named = str(decision.get("reference") or "")
    reference = REFERENCES.get(named, named) or _("the reference")
    return str(text) % {"reference": reference} if text else str(decision.get("reason", ""))


def evidence(decision: Mapping[str, Any]) -> list[str]:
    """The figures behind the verdict, a sentence each; figures that are missing leave their sentence out."""
    figures = decision.get("figures") or {}
    sentences = (
        _("Log loss %(candidate_log_loss).4f against %(reference_log_loss).4f (lower is better)."),
        _("Difference %(difference)+.4f per response, 95 %% interval %(low)+.4f to %(high)+.4f."),
        _("%(responses)d held-out responses of %(learners)d learners that neither was trained on."),
        _("Cost %(cost_candidate).1f µs per response against %(cost_reference).1f µs."),
    )
    said = []
    for sentence in sentences:
        try:
            said.append(sentence % figures)
        except (KeyError, TypeError, ValueError):
            continue
    return said
