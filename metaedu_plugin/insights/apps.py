"""Django application of metaedu's insights."""

from django.apps import AppConfig


class InsightsConfig(AppConfig):
    """Loaded through the entry points of the course platform, or from INSTALLED_APPS."""

    name = "metaedu_plugin.insights"
    label = "metaedu_insights"
    verbose_name = "metaedu: insights"
    default_auto_field = "django.db.models.BigAutoField"
    plugin_app = {
        "url_config": {
            "lms.djangoapp": {"namespace": "metaedu_insights", "regex": "^metaedu/", "relative_path": "urls"},
        },
    }
