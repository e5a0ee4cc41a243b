"""Staff of the course, and nobody else; to others the page does not exist."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.cache import add_never_cache_headers
from django.views import View
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from metaedu_plugin.curriculum import api as curriculum


class StaffView(View):
    """A page about the course in its address: sign-in first, then 404 for those who do not teach it."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Ask before anything is read."""
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not curriculum.is_course_staff(user=request.user, course=kwargs["course"]):
            raise Http404
        response = super().dispatch(request, *args, **kwargs)
        add_never_cache_headers(response)
        return response


class TeachesCourse(BasePermission):
    """The same for the API: 401 or 403 without sign-in, 404 for those who do not teach the course."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Ask before anything is read."""
        if not request.user or not request.user.is_authenticated:
            return False
        if not curriculum.is_course_staff(user=request.user, course=view.kwargs["course"]):
            raise Http404
        return True
