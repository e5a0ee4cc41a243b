"""Send the week's findings to the instructors who asked for them."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from metaedu_plugin.insights import digest
from metaedu_plugin.insights.selectors import StillReading

PATIENCE = 1800
"""Seconds to wait for the answers of large courses, all together."""


class Command(BaseCommand):
    """`metaedu_digest`: once a week from cron, safe to repeat."""

    help = "E-mail the week's findings to the instructors who asked for them on a course's insights page."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which course, and whether again."""
        parser.add_argument("--course", default="", help="only this course")
        parser.add_argument("--again", action="store_true", help="also what went out within the last six days")

    def handle(self, *args: Any, **options: Any) -> None:
        """Send, and say how many."""
        if not (getattr(settings, "LMS_ROOT_URL", "") or getattr(settings, "METAEDU_ROOT_URL", "")):
            raise CommandError(
                "The mail would have links that lead nowhere: set LMS_ROOT_URL (the platform does) or"
                " METAEDU_ROOT_URL to the address of the site, such as https://learn.example.org"
            )
        counts: Counter[str] = Counter()
        until = time.monotonic() + PATIENCE
        while True:
            try:
                for one in digest.send(course=options["course"], again=options["again"]):
                    counts[one.what] += 1
                    self.stdout.write(f"{one.course}: {one.what}")
                break
            except StillReading as waiting:
                if options["again"] or waiting.failed or time.monotonic() > until:
                    raise CommandError(f"{waiting} Those before it have been sent; run the command again.") from waiting
                time.sleep(2)
        if counts["failed"]:
            raise CommandError(f"{counts['failed']} could not be sent: the log says why. Run the command again.")
        self.stdout.write(f"{counts['sent']} sent")
