"""Django application of the demo platform."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """A small course platform, to see metaedu at work without Open edX."""

    name = "deploy.demo"
    label = "demo"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the Celery app the one that tasks are queued with."""
        from deploy.demo import celery  # noqa: F401, PLC0415  it reads the settings, which are ready only now
