"""Who and which: pseudonyms, idempotency keys and the hashes that a batch asks the database by."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from functools import lru_cache

from django.conf import settings

SEPARATOR = "\x1f"


KNOWN = "is:"
"""Marks a subject that is a pseudonym already."""


@lru_cache(maxsize=50_000)
def pseudonym(subject: str) -> str:
    """32 hex digits that stand for `user:<platform id>` or `id:<imported id>`, keyed by this installation's secret."""
    if subject.startswith(KNOWN):
        return subject.removeprefix(KNOWN)
    # .. setting_name: METAEDU_PSEUDONYM_SECRET
    # .. setting_default: SECRET_KEY
    # .. setting_description: Key of the pseudonyms that learners have outside of the database. Changing it makes
    #   every learner a stranger.
    secret = getattr(settings, "METAEDU_PSEUDONYM_SECRET", None) or settings.SECRET_KEY
    return hmac.new(str(secret).encode(), subject.encode(), hashlib.sha256).hexdigest()[:32]


def retired(subject: str) -> str:
    """32 hex digits that stand for a subject who was retired: they lead neither to the person nor to the pseudonym."""
    return pseudonym(f"retired:{subject}")


def key(*parts: object) -> str:
    """Idempotency key, 32 hex digits: equal parts, equal key, in every process and on every day."""
    text = SEPARATOR.join(map(str, parts))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def number(*parts: object) -> int:
    """63-bit hash: fits a signed column."""
    text = SEPARATOR.join(map(str, parts))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


def utc(moment: datetime) -> datetime:
    """The same moment in UTC; without a zone it is UTC already."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def microseconds(moment: datetime) -> int:
    """Since the epoch, exactly: floats would lose the last digit."""
    gap = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (gap.days * 86_400 + gap.seconds) * 1_000_000 + gap.microseconds
