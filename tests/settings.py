"""The demo platform's worker settings, on a folder of its own."""

import atexit
import os
import shutil
import tempfile

_folder = tempfile.mkdtemp(prefix="metaedu-tests-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["METAEDU_DATA_DIR"] = _folder

from deploy.demo.worker import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_TASK_ALWAYS_EAGER = True
METAEDU_DRAIN_SECONDS = 0
