"""Django application of metaedu's registry."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Loaded through the entry points of the course platform, or from INSTALLED_APPS."""

    name = "metaedu_plugin.registry"
    label = "metaedu_registry"
    verbose_name = "metaedu: registry"
    default_auto_field = "django.db.models.BigAutoField"
    plugin_app = {
        "settings_config": {
            "lms.djangoapp": {
                name: {"relative_path": "settings.common"} for name in ("common", "production", "devstack", "test")
            },
        },
        "url_config": {
            "lms.djangoapp": {"namespace": "metaedu_registry", "regex": "^metaedu/", "relative_path": "urls"},
        },
    }

    def ready(self) -> None:
        """Connect the gateway to promotions and to changed settings."""
        from metaedu_plugin.registry import receivers  # noqa: F401, PLC0415 - models must be loaded first
