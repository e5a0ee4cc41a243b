"""The demo platform as the command line and the training worker see it: the same, and the training app."""

from deploy.demo.settings import *  # noqa: F403
from deploy.demo.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "metaedu_plugin.training"]  # type: ignore[misc]
