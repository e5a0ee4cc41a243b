"""Settings of what runs beside the tests' LMS: Studio and its worker, with the same database, content and broker.

BESIDE_DATABASE, BESIDE_BROKER, BESIDE_CONTENT and METAEDU_DATA_DIR say where these are. The server of the content store
follows the platform's own EDXAPP_TEST_MONGO_HOST; the database in it, which each process of the platform's tests would
name for itself, does not.
"""

import os

from cms.envs.test import *  # noqa: F403
from cms.envs.test import DATABASES, MODULESTORE
from xmodule.modulestore.modulestore_settings import update_module_store_settings

from tests.lms.unmigrated import Unmigrated

DATABASES["default"]["NAME"] = os.environ["BESIDE_DATABASE"]
DATABASES["default"]["OPTIONS"] = {"timeout": 30}
update_module_store_settings(MODULESTORE, doc_store_settings={"db": os.environ["BESIDE_CONTENT"]})
MIGRATION_MODULES = Unmigrated()
METAEDU_DATA_DIR = os.environ["METAEDU_DATA_DIR"]

CELERY_ALWAYS_EAGER = False
BROKER_URL = os.environ["BESIDE_BROKER"]
CELERY_RESULT_BACKEND = None
EXPLICIT_QUEUES: dict[str, dict[str, str]] = {}
ALTERNATE_ENV_TASKS: dict[str, str] = {}
"""Both are made in production alone."""
