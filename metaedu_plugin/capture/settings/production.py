"""The LMS in production: once more, after the operator's YAML and other plugins, which may replace the backends."""

from metaedu_plugin.capture.settings.common import plugin_settings

__all__ = ["plugin_settings"]
