"""Make a registered version champion."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from metaedu_plugin.registry import api
from metaedu_plugin.registry.management.operator import add_who


class Command(BaseCommand):
    """`metaedu_promote VERSION --reason TEXT`."""

    help = "Make a registered version champion; it serves within seconds, without a restart."

    def add_arguments(self, parser: CommandParser) -> None:
        """Version, reason, who."""
        parser.add_argument("version")
        parser.add_argument("--override", action="store_true", help="also a version that the gate refused")
        add_who(parser, reason_required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Promote and say so."""
        try:
            version = api.promote(
                version=options["version"],
                by=options["by"],
                reason=options["reason"],
                override=options["override"],
            )
        except api.RegistryError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{version.name} is champion.")
