"""Django application of metaedu's tutoring."""

from django.apps import AppConfig


class TutoringConfig(AppConfig):
    """Loaded through the entry points of the course platform, or from INSTALLED_APPS."""

    name = "metaedu_plugin.tutoring"
    label = "metaedu_tutoring"
    verbose_name = "metaedu: tutoring"
    default_auto_field = "django.db.models.BigAutoField"
