"""`POST /metaedu/api/v1/xapi/statements`: statements of other systems, as a learning record store takes them.

Off until METAEDU_XAPI_TOKEN is set. Statements go to the spool, as events do: what is answered with 200 is on the disk.
"""

from __future__ import annotations

import logging
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from metaedu_plugin.capture import events
from metaedu_plugin.capture.events import base, statement
from metaedu_plugin.capture.receive import append
from metaedu_plugin.capture.rows import Batch

log = logging.getLogger(__name__)

LARGEST: Final = 2 << 20
"""Bytes of a body."""
MOST: Final = 1000
"""Statements of a body."""
VERSION: Final = {"X-Experience-API-Version": "1.0.3"}
View = Callable[[HttpRequest], HttpResponse]


class _Refused(Exception):
    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


@csrf_exempt
@require_http_methods(["POST", "PUT"])
def statements(request: HttpRequest) -> HttpResponse:
    """Take in one statement or a list, all or none. POST answers their ids; PUT is for one, by its id."""
    if not _token():
        return HttpResponse(status=404)
    try:
        _check_token(request)
        slim, ids = _read(request)
        if slim and not append(slim):
            raise _Refused(503, "capture is switched off; send the statements again later")
    except _Refused as refused:
        return JsonResponse({"detail": str(refused)}, status=refused.status, headers=VERSION)
    except OSError as error:
        log.warning("capture: xAPI statements were turned away, since the spool cannot be written: %r", error)
        return JsonResponse({"detail": "nothing can be kept now; send the statements again later"}, status=503)
    if request.method == "PUT":
        return HttpResponse(status=204, headers=VERSION)
    return JsonResponse(ids, safe=False, headers=VERSION)


def _token() -> str:
    # .. setting_name: METAEDU_XAPI_TOKEN
    # .. setting_default: ""
    # .. setting_description: Token of whoever sends xAPI statements to the endpoint; empty switches the endpoint
    #   off.
    return str(getattr(settings, "METAEDU_XAPI_TOKEN", "") or "")


def _check_token(request: HttpRequest) -> None:
    """As `Bearer TOKEN`, or as the password of any user: most senders of statements know Basic alone."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            given = b64decode(given, validate=True).decode().partition(":")[2]
        except ValueError:
            given = ""
    if scheme.lower() not in {"bearer", "basic"} or not constant_time_compare(given.strip(), _token()):
        raise _Refused(401, "the token is missing or wrong: Authorization: Bearer METAEDU_XAPI_TOKEN")


def _read(request: HttpRequest) -> tuple[list[base.Slim], list[str]]:
    """What is to be kept, and the ids of all."""
    some = _statements(request)
    if request.method == "PUT":
        some = [_with_its_id(some, request.GET.get("statementId") or "")]
    received = timezone.now().isoformat()
    found: list[base.Slim] = []
    ids = []
    for number, one in enumerate(some):
        if not isinstance(one, Mapping) or not statement.is_statement(one):
            raise _Refused(400, f"statement {number} is no object with an actor, a verb and an object")
        ids.append(str(one.get("id") or ""))
        small = statement.slim(one, received=received)
        if small is None:
            continue
        ids[-1] = small["data"]["statement"]
        checked = Batch()
        events.read(small, source="xapi", into=checked)
        if checked.refused:
            raise _Refused(400, f"statement {number}: {checked.refused[0].detail}")
        found.append(small)
    return found, ids


def _with_its_id(some: list[Any], address: str) -> dict[str, Any]:
    if not address or len(some) != 1 or not isinstance(some[0], Mapping) or some[0].get("id", address) != address:
        raise _Refused(400, "PUT takes one statement, with its id as statementId in the address")
    return {**some[0], "id": address}


def _statements(request: HttpRequest) -> list[Any]:
    if request.content_type != "application/json":
        raise _Refused(415, "only application/json is taken: statements without attachments")
    try:
        if int(request.headers.get("Content-Length") or 0) > LARGEST:
            raise _Refused(413, f"at most {LARGEST} bytes at a time")
        body = msgspec.json.decode(request.body)
    except RequestDataTooBig as error:
        raise _Refused(413, str(error)) from error
    except (msgspec.DecodeError, RecursionError, ValueError, UnreadablePostError) as error:
        raise _Refused(400, f"the body is not JSON: {error}") from error
    some = body if isinstance(body, list) else [body]
    if len(some) > MOST:
        raise _Refused(413, f"at most {MOST} statements at a time")
    return some
