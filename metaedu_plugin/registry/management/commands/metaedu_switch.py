"""Turn an instance-wide switch."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from metaedu_plugin.registry import api
from metaedu_plugin.registry.management.operator import add_who


class Command(BaseCommand):
    """`metaedu_switch feedback|capture on|off`."""

    help = "Switch capture or feedback on or off, for all courses at once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which switch, which way, who."""
        parser.add_argument("name", choices=["feedback", "capture"])
        parser.add_argument("state", choices=["on", "off"])
        add_who(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Switch and say so."""
        api.switch(name=options["name"], on=options["state"] == "on", by=options["by"], reason=options["reason"])
        self.stdout.write(f"{options['name']} is {options['state']}.")
