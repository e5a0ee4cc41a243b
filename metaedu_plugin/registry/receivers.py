"""What the registry does when something happens."""

from __future__ import annotations

from typing import Any

from django.core.signals import setting_changed
from django.dispatch import receiver

from metaedu_plugin.registry import gateway
from metaedu_plugin.registry.signals import promoted


@receiver(promoted)
def serve_at_once(**_: Any) -> None:
    """The process that promoted serves the new champion without waiting for the next look."""
    gateway.look_again()


@receiver(setting_changed)
def start_anew(*, setting: str, **_: Any) -> None:
    """Settings change in tests alone; the gateway is made of them."""
    if setting.startswith("METAEDU_"):
        gateway.reset()
