"""Who may ask the service: tokens that live for a minute, signed with a key that both sides know (RFC 7519).

A token names the courses that it is good for. Its header names the key; the service knows several, so that a key is
replaced without a moment of refusal: add the new one to the service's file, sign with it, take the old one out.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import jwt

from serving.errors import ServingError

AUDIENCE: Final = "metaedu-serving"
ALGORITHM: Final = "HS256"
EVERY_COURSE: Final = "*"
LIFETIME: Final = 60
"""Seconds that a token is good for."""
LONGEST: Final = 600
"""Seconds of life beyond which a token is refused, whoever signed it."""
LEEWAY: Final = 10
"""Seconds that the two clocks may differ."""
SHORTEST: Final = 32
"""Characters of a key."""
LOOK_AGAIN: Final = 2.0
"""Seconds between two looks at the file of keys."""
MOST_KNOWN: Final = 10_000
"""Tokens whose signature is not checked again while they live."""

_log = logging.getLogger(__name__)


Scope = frozenset[str]
"""Courses that may be asked about."""


class KeysError(ServingError):
    """A file of keys that cannot be used."""


class TokenError(ServingError):
    """A token that is not accepted."""


def mint(key: str, secret: str, courses: Iterable[str], *, seconds: int = LIFETIME) -> str:
    """A token for these courses (`EVERY_COURSE` for all), signed with the key of this name."""
    now = int(time.time())
    claims = {"aud": AUDIENCE, "iat": now, "exp": now + seconds, "courses": sorted(courses)}
    return jwt.encode(claims, secret, algorithm=ALGORITHM, headers={"kid": key})


def allows(scope: Scope, courses: Iterable[str]) -> bool:
    """Whether all of these courses may be asked about; to name none is to ask about all."""
    return EVERY_COURSE in scope or (bool(asked := set(courses)) and asked <= scope)


class Keys:
    """The keys of a JSON file, name -> secret, read again when it changes. Raises KeysError when it is no such file."""

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._changed, self._looked = 0, 0.0
        self._secrets: dict[str, str] = {}
        self._known: dict[str, tuple[float, Scope]] = {}
        self._read()

    def scope(self, token: str) -> Scope:
        """What a token is good for. Raises TokenError, with the reason, when it is not accepted."""
        now = time.time()
        if abs(now - self._looked) > LOOK_AGAIN:
            self._look(now)
        known = self._known.get(token)
        if known is None or now > known[0]:
            known = self._verified(token)
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[token] = known
        return known[1]

    def _verified(self, token: str) -> tuple[float, Scope]:
        try:
            secret = self._secrets.get(str(jwt.get_unverified_header(token).get("kid")))
            if secret is None:
                raise TokenError("it is signed with a key that is not known here")
            claims = jwt.decode(
                token,
                secret,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                leeway=LEEWAY,
                options={"require": ["exp", "iat", "courses"]},
            )
        except jwt.PyJWTError as error:
            raise TokenError(str(error)) from error
        courses = claims["courses"]
        if not isinstance(courses, list) or not all(isinstance(each, str) for each in courses):
            raise TokenError("its courses are no list of names")
        if claims["exp"] - claims["iat"] > LONGEST:
            raise TokenError(f"it lives for more than {LONGEST} s")
        return claims["exp"] + LEEWAY, frozenset(courses)

    def _look(self, now: float) -> None:
        """A file that cannot be read now leaves the keys as they were."""
        self._looked = now
        try:
            if self._path.stat().st_mtime_ns != self._changed:
                self._read()
        except (OSError, KeysError) as error:
            _log.error("the keys stay as they were: %s", error)

    def _read(self) -> None:
        try:
            changed = self._path.stat().st_mtime_ns
            found = json.loads(self._path.read_text())
        except (OSError, ValueError) as error:
            raise KeysError(f'{self._path}: {error}; it is to be JSON, {{"name": "secret"}}') from error
        if not isinstance(found, dict) or not found or not all(isinstance(each, str) for each in found.values()):
            raise KeysError(f'{self._path} is no {{"name": "secret"}}')
        if short := [name for name, secret in found.items() if len(secret) < SHORTEST]:
            raise KeysError(f"{self._path}: {', '.join(short)} has fewer than {SHORTEST} characters; draw a longer one")
        self._secrets, self._known, self._changed = found, {}, changed
