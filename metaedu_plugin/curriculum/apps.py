"""Django application of metaedu's curriculum."""

from django.apps import AppConfig


class CurriculumConfig(AppConfig):
    """Loaded through the entry points of the course platform, or from INSTALLED_APPS."""

    name = "metaedu_plugin.curriculum"
    label = "metaedu_curriculum"
    verbose_name = "metaedu: curriculum"
    default_auto_field = "django.db.models.BigAutoField"
    # The platform installs only apps that have this attribute, empty or not.
    plugin_app: dict[str, object] = {}

    def ready(self) -> None:
        """Listen to capture."""
        from metaedu_plugin.curriculum import receivers  # noqa: PLC0415  models exist only from here on

        receivers.connect()
