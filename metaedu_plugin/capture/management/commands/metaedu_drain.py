"""`manage.py metaedu_drain`: the spool to the database, where the platform's processes may not run threads."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError, connections

from metaedu_plugin.capture import api
from metaedu_plugin.capture.management.summary import table


class Command(BaseCommand):
    """Once, or every so many seconds until it is stopped."""

    help = "Move received events from the spool into the database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How often."""
        parser.add_argument("--every", type=float, metavar="SECONDS", help="go on until stopped")

    def handle(self, *args: Any, **options: Any) -> None:
        """Drain; with --every, a database that is away is waited for."""
        while True:
            try:
                self.stdout.write(table(api.drain()))
            except (OperationalError, InterfaceError) as error:
                message = f"the database does not answer: {error}; the spool is kept"
                if not options["every"]:
                    raise CommandError(message) from error
                self.stderr.write(message)
                connections.close_all()
            if not options["every"]:
                return
            time.sleep(options["every"])
