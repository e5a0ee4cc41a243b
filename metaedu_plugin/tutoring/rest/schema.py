"""The schema of metaedu's own API, however many other endpoints the platform has."""

from __future__ import annotations

from collections.abc import Callable

from drf_spectacular.views import SpectacularAPIView

PACKAGE = "metaedu_plugin."

Endpoint = tuple[str, str, str, Callable[..., object]]


def only_ours(endpoints: list[Endpoint], **kwargs: object) -> list[Endpoint]:
    """Keep the endpoints whose views are of this package, without the schema itself."""
    return [
        each
        for each in endpoints
        if getattr(each[3], "cls", each[3]).__module__.startswith(PACKAGE) and "/api/schema" not in each[0]
    ]


view = SpectacularAPIView.as_view(
    custom_settings={
        "TITLE": "metaedu",
        "DESCRIPTION": "Feedback, next action, plan and mastery of the signed-in learner.",
        "VERSION": "1",
        "PREPROCESSING_HOOKS": ["metaedu_plugin.tutoring.rest.schema.only_ours"],
    }
)
