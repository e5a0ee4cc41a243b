"""Send a version through the gate on what it predicted beside the champion."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError, CommandParser

from metaedu_plugin.registry import api
from metaedu_plugin.registry.management.operator import add_who


class Command(BaseCommand):
    """`metaedu_judge VERSION SEEN …`."""

    help = "Send a version through the gate on what it predicted beside the champion; promotes it when it passes."

    def add_arguments(self, parser: CommandParser) -> None:
        """Version, files, who."""
        parser.add_argument("version")
        parser.add_argument("seen", nargs="+", type=Path, help="files that metaedu-serving --seen has written")
        add_who(parser, reason_required=False)

    def handle(self, *args: Any, **options: Any) -> None:
        """Judge and say what came of it."""
        try:
            decision = api.judge(version=options["version"], seen=options["seen"], by=options["by"])
        except api.RegistryError as error:
            raise CommandError(str(error)) from error
        told = msgspec.to_builtins(decision)
        for sentence in [api.verdict(told), *api.evidence(told)]:
            self.stdout.write(sentence)
