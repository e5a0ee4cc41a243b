"""Who gets what: decided by chance, the same at every time and in every process, and kept nowhere."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

SUGGESTIONS: Final = "suggestions"
ORDER: Final = "course_order"
"""The group that gets the course's own order."""
GROUPS: Final = (SUGGESTIONS, ORDER)


def group_of(*, learner: str, salt: str, share: float) -> str:
    """The group of a pseudonym: a hash under the experiment's own key, so that no two experiments agree but by chance.

    `share` of all learners come into `ORDER`.
    """
    digest = hmac.new(salt.encode(), learner.encode(), hashlib.sha256).digest()
    return ORDER if int.from_bytes(digest[:8], "big") < share * 2**64 else SUGGESTIONS
