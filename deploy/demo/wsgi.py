"""The demo platform's web process; it serves its static files itself, so that no other server is needed."""

import os

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.demo.settings")

application = StaticFilesHandler(get_wsgi_application())
