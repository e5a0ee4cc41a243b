"""Every page that the plugin and the demo have, and whom each is for."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib.auth import get_user_model
from django.urls import reverse

from deploy.demo.content import Course
from metaedu_plugin.capture import api as capture
from metaedu_plugin.insights import digests
from metaedu_plugin.insights.downloads.catalogue import DOWNLOADS
from metaedu_plugin.insights.models import DigestSubscription
from metaedu_plugin.registry.operator.actions import ACTIONS

NOT_PAGES = frozenset(
    {
        # answered with JSON, a file, or a way to a page
        *("schema", "own-data", "status", "xapi_statements", "choose", "dismiss"),
        *("delete", "calendar", "stop-digest", "digest"),
        *("leave", "experiments", "everything"),
        *("settings-told", "settings-tried", "preview-told"),
        *("findings", "decisions", "items", "skills", "learning-curves", "mastery-map", "add-reading"),
        *("mark-faulty", "retag", "reading-added", "prerequisites-told", "runs-told", "right-told"),
        *(f"{one.name}-{form}" for one in DOWNLOADS for form in ("csv", "parquet")),
        *("feedback", "next", "plan", "mastery", "explain", "choice", "actions"),
        *("home", "logout", "jump-to", "page-read", "check", "hint", "show-answer"),
    }
)
"""Names of addresses that are no page to look at."""


def pages(course: Course) -> dict[str, list[tuple[str, str]]]:
    """For each account of the demo, (name of the address, path) of what it can open."""
    key = course.key
    unit, problem = next(iter(course.problems()))
    learner = next(row.learner for row in capture.responses(course=key))
    item = next(row.item for row in capture.responses(course=key))
    asked = urlencode({"item": item})
    return {
        "learner": [
            ("learn", reverse("metaedu_tutoring:learn", args=[key])),
            ("map", reverse("metaedu_tutoring:map", args=[key])),
            ("mine", reverse("metaedu_tutoring:mine", args=[key])),
            ("shown", reverse("metaedu_tutoring:shown", args=[key])),
            ("login", reverse("demo:login")),
            ("course", reverse("demo:course", args=[key])),
            ("problem", reverse("demo:problem", args=[key, problem.id])),
            ("read", reverse("demo:read", args=[key, unit.key])),
        ],
        "instructor": [
            ("page", reverse("metaedu_insights:page", args=[key])),
            ("page", reverse("metaedu_insights:page", args=[key]) + "?frame"),
            ("learners", reverse("metaedu_insights:learners", args=[key])),
            ("learner", reverse("metaedu_insights:learner", args=[key, learner])),
            ("item", f"{reverse('metaedu_insights:item', args=[key])}?{asked}"),
            ("experiment", reverse("metaedu_insights:experiment", args=[key])),
            ("settings", reverse("metaedu_insights:settings", args=[key])),
            ("preview", reverse("metaedu_insights:preview", args=[key])),
            ("stop-digest", reverse("metaedu_insights:stop-digest", args=[_subscription(key)])),
            ("right", reverse("metaedu_insights:right", args=[key])),
            ("data", reverse("metaedu_insights:data", args=[key])),
            ("prerequisites", reverse("metaedu_insights:prerequisites", args=[key])),
            ("message", f"{reverse('metaedu_insights:message', args=[key])}?{urlencode({'learner': learner})}"),
        ],
        "operator": [
            ("operator", reverse("metaedu_registry:operator")),
            *(("act", reverse("metaedu_registry:act", args=[name])) for name in list(ACTIONS)[:2]),
        ],
    }


def _subscription(course: str) -> str:
    """The token in the mail of an instructor who asked for the digest."""
    user = get_user_model().objects.get(username="instructor")
    digests.subscribe(user_id=user.pk, course=course)
    return digests.token(DigestSubscription.objects.get(user_id=user.pk, course=course))
