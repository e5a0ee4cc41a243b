"""Django application of metaedu's capture."""

from django.apps import AppConfig


class CaptureConfig(AppConfig):
    """Loaded through the entry points of the course platform, or from INSTALLED_APPS."""

    name = "metaedu_plugin.capture"
    label = "metaedu_capture"
    verbose_name = "metaedu: capture"
    default_auto_field = "django.db.models.BigAutoField"
