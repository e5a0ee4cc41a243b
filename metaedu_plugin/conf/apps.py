"""Django application of metaedu's translations: Django looks into the folder `locale` of each app."""

from django.apps import AppConfig


class ConfConfig(AppConfig):
    """Loaded through the entry points of the course platform, or from INSTALLED_APPS."""

    name = "metaedu_plugin.conf"
    label = "metaedu_conf"
    verbose_name = "metaedu: translations"
    # The platform installs only apps that have this attribute, empty or not.
    plugin_app: dict[str, object] = {}
