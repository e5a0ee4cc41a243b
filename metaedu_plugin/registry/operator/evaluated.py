"""How was it evaluated?"""

from __future__ import annotations

from typing import Any

import msgspec
from django.utils.translation import gettext as _

from metaedu_plugin.registry import versions, words
from metaedu_plugin.registry.operator import facts
from metaedu_plugin.registry.operator.metrics import table
from metaedu_plugin.registry.operator.told import told


def section() -> dict[str, Any]:
    """The champion's evaluation; the newest version's while there is no champion."""
    known = versions.versions()
    shown = versions.champion() or (known[0] if known else None)
    if shown is None:
        return {**told("warn", _("Nothing evaluated yet")), "version": None, "tables": []}
    tables = [found for measure in ("auc", "log_loss", "ece") if (found := table(shown.metrics, measure))]
    known_of = shown.metrics.get("data")
    data = known_of if isinstance(known_of, dict) else {}
    said = _("Evaluation of %(name)s") if tables else _("%(name)s came without an evaluation")
    return {
        **told("good" if tables else "warn", said % {"name": shown.name}),
        "version": shown.name,
        "verdict": words.verdict(shown.decision),
        "evidence": words.evidence(shown.decision),
        "tables": msgspec.to_builtins(tables),
        "data": data,
        "facts": facts.sentences(data),
        "warnings": facts.warnings(data),
    }
