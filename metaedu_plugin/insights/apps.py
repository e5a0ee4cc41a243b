"""Django application of metaedu's insights."""

from django.apps import AppConfig


class InsightsConfig(AppConfig):
    """Loaded through the entry points of the course platform, or from INSTALLED_APPS."""

    name = "metaedu_plugin.insights"
    label = "metaedu_insights"
    verbose_name = "metaedu: insights"
    default_auto_field = "django.db.models.BigAutoField"
    plugin_app = {
        "settings_config": {
            "lms.djangoapp": {
                name: {"relative_path": "settings.common"} for name in ("common", "production", "devstack", "test")
            },
        },
        "url_config": {
            "lms.djangoapp": {"namespace": "metaedu_insights", "regex": "^metaedu/", "relative_path": "urls"},
        },
    }

    def ready(self) -> None:
        """Listen to capture."""
        from metaedu_plugin.insights import receivers  # noqa: PLC0415  models exist only from here on

        receivers.connect()
