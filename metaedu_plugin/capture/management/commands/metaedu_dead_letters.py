"""`manage.py metaedu_dead_letters`: what could not be used, and why."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError

from metaedu_plugin.capture import api
from metaedu_plugin.capture.management.summary import table


class Command(BaseCommand):
    """One line per dead letter, or another try for all of them."""

    help = "List what could not be used, or try it again with --replay."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which ones, and what to do."""
        parser.add_argument("--reason", help="only those with this code")
        parser.add_argument("--replay", action="store_true", help="try them again")

    def handle(self, *args: Any, **options: Any) -> None:
        """List or replay."""
        try:
            self._list_or_replay(options)
        except (DatabaseError, InterfaceError) as error:
            raise CommandError(
                f"the database does not answer as it should: {str(error).strip()}; check that it runs and that"
                " manage.py migrate was run"
            ) from error

    def _list_or_replay(self, options: dict[str, Any]) -> None:
        if options["replay"]:
            self.stdout.write(table(api.replay(reason=options["reason"])))
            return
        found = 0
        for letter in api.dead_letters(reason=options["reason"]):
            found += 1
            self.stdout.write(f"{letter.id}\t{letter.source}\t{letter.reason}\t{letter.detail}")
        self.stderr.write(f"{found} dead letters")
