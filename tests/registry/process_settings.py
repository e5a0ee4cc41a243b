"""The smallest Django project with a registry, for tests in processes of their own."""

import os
from pathlib import Path

from deploy.demo import databases

SECRET_KEY = "tests only"
METAEDU_DATA_DIR = Path(os.environ["METAEDU_DATA_DIR"])
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "metaedu_plugin.capture",
    "metaedu_plugin.curriculum",
    "metaedu_plugin.registry",
]
DATABASES = {"default": databases.from_address(os.environ["METAEDU_DATABASE"], default=METAEDU_DATA_DIR / "db")}
USE_TZ = True
