"""An action as it was offered, signed: what comes back with a click is what was shown, and nothing else."""

from __future__ import annotations

from typing import Final

import msgspec
from django.core import signing
from django.utils.translation import gettext as _

from serving.types import NextAction

_SALT: Final = "metaedu.tutoring.offers"


class NotOurs(ValueError):
    """A token that was not made here, or for another course."""


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What was suggested, by which version, where it came from."""

    kind: str
    reason: str
    skill: str | None = None
    item: str | None = None
    model: str = ""
    source: str = ""


def offer_of(action: NextAction, *, model: str, source: str) -> Offer:
    """The offer that an action makes."""
    return Offer(
        kind=action.kind, reason=action.reason, skill=action.skill, item=action.item, model=model, source=source
    )


def sign(offer: Offer, *, course: str) -> str:
    """The offer as a token; the same offer gives the same token."""
    return signing.Signer(salt=_SALT).sign_object([course, msgspec.to_builtins(offer)])


def read(token: str, *, course: str) -> Offer:
    """The offer of a token. Raises NotOurs."""
    try:
        of, offer = signing.Signer(salt=_SALT).unsign_object(token)
        found = msgspec.convert(offer, Offer)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise NotOurs(_("The token was not made here: load the page again.")) from error
    if of != course:
        raise NotOurs(_("The token belongs to another course: load the page again."))
    return found
