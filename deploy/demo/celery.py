"""The demo platform's Celery: `celery --app deploy.demo.celery worker`."""

import os
from pathlib import Path

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.demo.worker")

app = Celery("metaedu-demo")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# The broker that is a folder does not make its folders.
for name, folder in getattr(settings, "CELERY_BROKER_TRANSPORT_OPTIONS", {}).items():
    if name.endswith(("_in", "_out", "_folder")):
        Path(folder).mkdir(parents=True, exist_ok=True)
