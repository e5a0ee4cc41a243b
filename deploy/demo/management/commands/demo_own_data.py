"""`manage.py demo_own_data`: after an import, show it to the demo accounts."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from deploy.demo.own_data import show_own_data


class Command(BaseCommand):
    """Exit code 1 when nothing was imported."""

    help = "Show imported answers to the demo accounts: the instructor teaches the course, the learner stands for one."

    def handle(self, *args: Any, **options: Any) -> None:
        """Link the accounts."""
        try:
            course = show_own_data()
        except LookupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"The demo accounts see {course}.")
