"""The demo platform's worker settings, on a folder of its own."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_folder = tempfile.mkdtemp(prefix="metaedu-tests-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["METAEDU_DATA_DIR"] = _folder

from deploy.demo.worker import *  # noqa: E402, F403
from deploy.demo.worker import DATABASES, MIDDLEWARE  # noqa: E402

# A file, as on a platform: in memory, all threads of the live server would share the tests' one connection, and two
# transactions at once leave it outside autocommit for good.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": Path(_folder) / "tests.sqlite3"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_TASK_ALWAYS_EAGER = True
METAEDU_DRAIN_SECONDS = 0
MIDDLEWARE = ["tests.policy.policy", *MIDDLEWARE]
CONTENT_POLICY = ""
