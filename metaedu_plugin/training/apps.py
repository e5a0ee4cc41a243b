"""Django application of metaedu's training."""

from django.apps import AppConfig


class TrainingConfig(AppConfig):
    """Loaded through the entry points of the course platform, or from INSTALLED_APPS."""

    name = "metaedu_plugin.training"
    label = "metaedu_training"
    verbose_name = "metaedu: training"
    default_auto_field = "django.db.models.BigAutoField"
