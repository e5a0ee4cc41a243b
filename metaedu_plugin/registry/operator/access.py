"""Who may operate: for all others the page does not exist."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase
from rest_framework.exceptions import NotFound
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

PERMISSION: Final = "metaedu_registry.operate"
View = Callable[..., HttpResponseBase]


def operators_only(view: View) -> View:
    """Anonymous visitors are sent to log in; whoever lacks the permission finds nothing."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not request.user.has_perm(PERMISSION):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


class IsOperator(BasePermission):
    """The same for the REST API."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether the user operates; raises NotFound for users who do not."""
        if not request.user.is_authenticated:
            return False
        if not request.user.has_perm(PERMISSION):
            raise NotFound
        return True
