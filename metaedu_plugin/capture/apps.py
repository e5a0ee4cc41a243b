"""Django application of metaedu's capture."""

from django.apps import AppConfig


class CaptureConfig(AppConfig):
    """Loaded through the entry points of the course platform, or from INSTALLED_APPS."""

    name = "metaedu_plugin.capture"
    label = "metaedu_capture"
    verbose_name = "metaedu: capture"
    default_auto_field = "django.db.models.BigAutoField"
    plugin_app = {
        "settings_config": {
            "lms.djangoapp": {
                "common": {"relative_path": "settings.common"},
                "production": {"relative_path": "settings.production"},
                "devstack": {"relative_path": "settings.production"},
                "test": {"relative_path": "settings.test"},
            },
            "cms.djangoapp": {
                name: {"relative_path": "settings.folder"} for name in ("common", "production", "devstack", "test")
            },
        },
        "url_config": {
            "lms.djangoapp": {"namespace": "metaedu_capture", "regex": "^metaedu/", "relative_path": "urls"},
        },
    }

    def ready(self) -> None:
        """Listen to the platform, where there is one."""
        from metaedu_plugin.capture import openedx  # noqa: PLC0415  signals of the platform exist only from here on

        openedx.connect_scores()
        openedx.connect_bus()
        openedx.connect_retirement()
