"""A platform's content security policy, while `settings.CONTENT_POLICY` names one.

The live server loads its middleware once for all tests: one that a test adds to `settings.MIDDLEWARE` is never asked.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse


def policy(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: sets the header."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if named := settings.CONTENT_POLICY:
            response["Content-Security-Policy"] = named
        return response

    return answer
