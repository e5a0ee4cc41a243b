"""Django application of metaedu's tutoring."""

from django.apps import AppConfig


class TutoringConfig(AppConfig):
    """Loaded through the entry points of the course platform, or from INSTALLED_APPS."""

    name = "metaedu_plugin.tutoring"
    label = "metaedu_tutoring"
    verbose_name = "metaedu: tutoring"
    default_auto_field = "django.db.models.BigAutoField"
    plugin_app = {
        "settings_config": {
            "lms.djangoapp": {
                name: {"relative_path": "settings.common"} for name in ("common", "production", "devstack", "test")
            },
        },
        "url_config": {
            "lms.djangoapp": {"namespace": "metaedu_tutoring", "regex": "^metaedu/", "relative_path": "urls"},
        },
    }

    def ready(self) -> None:
        """Listen to capture and the registry."""
        from metaedu_plugin.tutoring import receivers  # noqa: PLC0415  models exist only from here on

        receivers.connect()
