"""What the operator's page shows beyond the live report."""

from __future__ import annotations

from typing import Any

from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.registry import versions, words
from metaedu_plugin.registry.log import log
from metaedu_plugin.registry.operator import capturing
from metaedu_plugin.registry.operator.codes import word
from metaedu_plugin.registry.operator.curve import HEIGHT, WIDTH
from metaedu_plugin.registry.operator.report import report, safely
from metaedu_plugin.registry.types import VersionInfo

TONES = {"champion": "good", "refused": "bad"}


def context() -> dict[str, Any]:
    """The page's context."""
    known = versions.versions()
    return {
        "report": report(),
        "reasons": safely(capturing.reasons),
        "versions": [_version(version) for version in known],
        "can_roll_back": any(v.role == "retired" and v.promoted and not v.withdrawn for v in known),
        "courses": safely(curriculum.courses),
        "log": [(entry, word(entry.action)) for entry in log(limit=12)],
        "curve": {"width": WIDTH, "height": HEIGHT},
    }


def _version(version: VersionInfo) -> dict[str, Any]:
    return {
        "info": version,
        "role": word(version.role),
        "tone": TONES.get(version.role, ""),
        "verdict": words.verdict(version.decision),
        "evidence": words.evidence(version.decision),
        "can_promote": version.role != "champion" and bool(version.decision.get("promote")),
    }
