"""Take a bundle in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from metaedu_plugin.registry import api
from metaedu_plugin.registry.management.operator import add_who
from serving.errors import BundleError


class Command(BaseCommand):
    """`metaedu_register BUNDLE`."""

    help = "Verify a bundle's directory and take a copy of it in as candidate."

    def add_arguments(self, parser: CommandParser) -> None:
        """Directory, who."""
        parser.add_argument("bundle", type=Path)
        add_who(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Register and say how to go on."""
        try:
            version = api.register(bundle=options["bundle"], by=options["by"])
        except (api.RegistryError, BundleError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{version.name} is a candidate. It serves after: metaedu_promote {version.name} --reason …")
