"""The demo platform as an LMS web process sees it: no training app, no torch."""

import os
from pathlib import Path

from deploy.demo import databases

ROOT = Path(__file__).resolve().parents[2]
DATA_DIR = Path(os.environ.get("METAEDU_DATA_DIR", ROOT / "var"))
DATA_DIR.mkdir(parents=True, exist_ok=True)

SECRET_KEY = os.environ.get("METAEDU_SECRET_KEY", "demo-only: set METAEDU_SECRET_KEY on anything that others reach")
DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", "testserver", *os.environ.get("METAEDU_HOSTS", "").split()]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "deploy.demo",
    "metaedu_plugin.capture",
    "metaedu_plugin.curriculum",
    "metaedu_plugin.registry",
    "metaedu_plugin.experiment",
    "metaedu_plugin.tutoring",
    "metaedu_plugin.insights",
    "metaedu_plugin.conf",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

ROOT_URLCONF = "deploy.demo.urls"
WSGI_APPLICATION = "deploy.demo.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "deploy.demo.nav.links",
            ]
        },
    }
]

DATABASES = {
    "default": databases.from_address(os.environ.get("METAEDU_DATABASE", ""), default=DATA_DIR / "platform.sqlite3")
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
STATIC_URL = "/static/"
# Django logs nothing to the console without DEBUG; an operator needs to see what goes wrong.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"short": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "short"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
SPECTACULAR_SETTINGS = {"TITLE": "metaedu", "VERSION": "1", "SERVE_INCLUDE_SCHEMA": False}

# A broker that is a folder: nothing to start. `METAEDU_BROKER=redis://...` takes a real one.
CELERY_BROKER_URL = os.environ.get("METAEDU_BROKER", "filesystem://localhost//")
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        "data_folder_in": str(DATA_DIR / "queue"),
        "data_folder_out": str(DATA_DIR / "queue"),
        "control_folder": str(DATA_DIR / "queue-control"),
    }
    if CELERY_BROKER_URL.startswith("filesystem")
    # A task that is not acknowledged in time is given to a second worker: longer than any training takes.
    else {"visibility_timeout": 12 * 3600}
    if CELERY_BROKER_URL.startswith("redis")
    else {}
)
CELERY_TASK_IGNORE_RESULT = True

METAEDU_DATA_DIR = DATA_DIR
METAEDU_STORE = os.environ.get("METAEDU_STORE", f"sqlite:///{DATA_DIR / 'learner-states.sqlite3'}")
# The engine in a process of its own: its address, and the key of its tokens.
METAEDU_SERVING_URL = os.environ.get("METAEDU_SERVING_URL", "")
METAEDU_SERVING_KEY = os.environ.get("METAEDU_SERVING_KEY", "")
METAEDU_COURSE_STAFF = "deploy.demo.access.is_course_staff"
METAEDU_NOTICE = os.environ.get("METAEDU_NOTICE", "")
