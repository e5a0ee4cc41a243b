"""Context processor: where a person can go from any page, the platform's and the plugin's."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from deploy.demo.access import is_course_staff
from deploy.demo.content import course


def links(request: HttpRequest) -> dict[str, Any]:
    """`platform_name` and `platform_nav`, a list of title, url and whether it is the page at hand."""
    found: list[tuple[str, str]] = []
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        key = course().key
        found.append(("Course", reverse("demo:course", args=[key])))
        found.append(("My plan", f"/metaedu/learn/{key}/"))
        if is_course_staff(user, key):
            found.append(("Class insights", f"/metaedu/insights/{key}/"))
        if user.is_staff:
            found.append(("Operator", "/metaedu/operator/"))
        found.append((user.get_full_name() or user.get_username(), reverse("demo:login")))
    return {
        "platform_name": "Riverside Online",
        "platform_nav": [{"title": title, "url": url, "current": request.path == url} for title, url in found],
    }
