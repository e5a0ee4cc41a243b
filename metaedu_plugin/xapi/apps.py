"""Django application of metaedu's xAPI statements."""

from __future__ import annotations

import logging

from django.apps import AppConfig, apps

log = logging.getLogger(__name__)

LIBRARY = "event_routing_backends"


class XapiConfig(AppConfig):
    """Loaded through the entry points of the course platform; does nothing without event-routing-backends."""

    name = "metaedu_plugin.xapi"
    label = "metaedu_xapi"
    verbose_name = "metaedu: xAPI"
    plugin_app = {
        "settings_config": {
            "lms.djangoapp": {
                name: {"relative_path": "settings"} for name in ("common", "production", "devstack", "test")
            },
        },
    }

    def ready(self) -> None:
        """Register the transformers."""
        if not apps.is_installed(LIBRARY):
            return
        try:
            from metaedu_plugin.xapi import transformers  # noqa: F401, PLC0415  importing it registers them
        except Exception:
            log.warning(
                "metaedu: event-routing-backends is not as it was, so metaedu's events do not become xAPI statements;"
                " everything else works. Versions 9 and 10 are known to fit.",
                exc_info=True,
            )
