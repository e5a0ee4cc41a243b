"""The smallest Django project that captures, for tests in processes of their own."""

import os
from pathlib import Path

from deploy.demo import databases

SECRET_KEY = "tests only"
METAEDU_DATA_DIR = Path(os.environ["METAEDU_DATA_DIR"])
METAEDU_DATA_DIR.mkdir(parents=True, exist_ok=True)
METAEDU_DRAIN_SECONDS = float(os.environ.get("METAEDU_DRAIN_SECONDS", "0"))
INSTALLED_APPS = ["metaedu_plugin.capture"]
DATABASES = {"default": databases.from_address(os.environ.get("METAEDU_DATABASE", ""), default=METAEDU_DATA_DIR / "db")}
USE_TZ = True
