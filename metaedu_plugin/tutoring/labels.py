"""The few words that a page needs around feedback, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext

from metaedu_plugin.tutoring import sentences


def busy() -> str:
    """What the place of the feedback says until there is some."""
    return gettext("Looking at your answer …")


def labels() -> dict[str, str]:
    """Words beside the answer, by name."""
    return {
        "busy": busy(),
        "next": gettext("Next"),
        "minutes": gettext("min"),
        "read": sentences.kind("read"),
        "stand": gettext("Where I stand"),
        "plan": gettext("My plan"),
        "dismiss": gettext("Not now"),
        "dismissed": gettext("All right. This will not be suggested again for a while."),
    }
