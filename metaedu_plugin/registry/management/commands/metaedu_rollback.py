"""Return to the champion before."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from metaedu_plugin.registry import api
from metaedu_plugin.registry.management.operator import add_who


class Command(BaseCommand):
    """`metaedu_rollback --reason TEXT`."""

    help = "Return to the champion before; it serves within seconds, without a restart."

    def add_arguments(self, parser: CommandParser) -> None:
        """Reason, who."""
        add_who(parser, reason_required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Roll back and say so."""
        try:
            version = api.rollback(by=options["by"], reason=options["reason"])
        except api.RegistryError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{version.name} is champion again.")
