"""A platform with event-routing-backends: its own settings module and metaedu's, in either order."""

import os
import sys

from event_routing_backends.settings import common as library

from metaedu_plugin.xapi import settings as ours

SECRET_KEY = "test"
USE_TZ = True
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "eventtracking.django.apps.EventTrackingConfig",
    "celery_utils",
    "event_routing_backends",
    "metaedu_plugin.xapi",
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LMS_ROOT_URL = "https://learn.example.org"
EVENT_TRACKING_ENABLED = True
EVENT_TRACKING_BACKENDS: dict = {}
FERNET_KEYS = ["test"]

this = sys.modules[__name__]
for step in (ours, library) if os.environ.get("METAEDU_FIRST") else (library, ours):
    step.plugin_settings(this)
ours.plugin_settings(this)  # as in production, once more
XAPI_EVENT_LOGGING_ENABLED = False
# The name that its routers have in the database: MySQL takes one for the other, SQLite does not.
EVENT_TRACKING_BACKENDS["event_transformer"]["OPTIONS"]["backends"]["xapi"]["OPTIONS"]["backend_name"] = "xAPI"
