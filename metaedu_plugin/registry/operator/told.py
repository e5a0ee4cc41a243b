"""One state per part, in a word, with what to do about it."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext_lazy

STATES: Final = {"good": gettext_lazy("OK"), "warn": gettext_lazy("Look"), "bad": gettext_lazy("Broken")}


def told(state: str, headline: str, advice: str = "") -> dict[str, Any]:
    """What every section begins with: `state` (good, warn, bad), the same as a word, a headline, what to do."""
    return {"state": state, "state_text": str(STATES[state]), "headline": headline, "advice": advice}
