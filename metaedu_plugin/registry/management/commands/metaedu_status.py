"""Is it capturing, is it serving, how do the trainings go?"""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from metaedu_plugin.registry import api
from metaedu_plugin.registry.operator.report import report, safely

MARKS = {"good": "ok  ", "warn": "note", "bad": "BAD "}


class Command(BaseCommand):
    """`metaedu_status [--json]`; exits with 1 when something is bad, for a watchdog."""

    help = "How capture, serving and training fare. Exits with 1 when something is bad."

    def add_arguments(self, parser: CommandParser) -> None:
        """Shape of the output."""
        parser.add_argument("--json", action="store_true", help="everything, as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the report."""
        found = report()
        sections = {name: part for name, part in found.items() if isinstance(part, dict)}
        if options["json"]:
            self.stdout.write(json.dumps(found, indent=2, default=str))
        else:
            for name, part in sections.items():
                self.stdout.write(f"{MARKS[part['state']]} {name}: {part['headline']}")
            for version in safely(api.versions):
                gone = f", {version.retired_learners} of its learners retired" if version.retired_learners else ""
                self.stdout.write(f"     {version.name}: {version.role}{gone}")
        if any(part["state"] == "bad" for part in sections.values()):
            raise SystemExit(1)
