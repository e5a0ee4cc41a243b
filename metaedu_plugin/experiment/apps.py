"""Django application of metaedu's experiments."""

from django.apps import AppConfig


class ExperimentConfig(AppConfig):
    """Loaded through the entry points of the course platform, or from INSTALLED_APPS."""

    name = "metaedu_plugin.experiment"
    label = "metaedu_experiment"
    verbose_name = "metaedu: experiments"
    default_auto_field = "django.db.models.BigAutoField"
    plugin_app: dict[str, dict[str, object]] = {}

    def ready(self) -> None:
        """Listen to capture."""
        from metaedu_plugin.experiment import receivers  # noqa: PLC0415  models exist only from here on

        receivers.connect()
