"""A Django project that has none of the platform's libraries: everything loads, and nothing is missed."""

from __future__ import annotations

import subprocess
import sys

LIBRARIES = (
    "crum",
    "edx_django_utils",
    "edx_toggles",
    "event_routing_backends",
    "eventtracking",
    "opaque_keys",
    "openedx_events",
    "openedx_filters",
    "web_fragments",
    "xblock",
)
SCRIPT = f"""
import logging, os, sys

for name in {LIBRARIES!r}:
    sys.modules[name] = None  # an import of it fails, as where it is not installed

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
told = []
handler = logging.Handler()
handler.emit = told.append
logging.getLogger("metaedu_plugin").addHandler(handler)

import django

django.setup()

from django.urls import reverse
from metaedu_plugin.insights import openedx as insights
from metaedu_plugin.tutoring import openedx as tutoring

assert reverse("metaedu_tutoring:feedback", args=["c"]) and reverse("metaedu_insights:page", args=["c"])
assert tutoring.may_be_told(problem="p")
assert not insights.is_course_staff(type("User", (), {{"is_staff": False, "is_superuser": False}})(), "c")
assert not told, [record.getMessage() for record in told]
"""


def test_the_plugin_does_without():
    subprocess.run([sys.executable, "-W", "ignore", "-c", SCRIPT], check=True)
