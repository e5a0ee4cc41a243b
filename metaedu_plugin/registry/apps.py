"""Django application of metaedu's registry."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Loaded through the entry points of the course platform, or from INSTALLED_APPS."""

    name = "metaedu_plugin.registry"
    label = "metaedu_registry"
    verbose_name = "metaedu: registry"
    default_auto_field = "django.db.models.BigAutoField"
