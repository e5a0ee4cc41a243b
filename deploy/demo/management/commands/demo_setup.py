"""`demo_setup`: accounts, course and curriculum of the demo."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from deploy.demo.accounts import ACCOUNTS
from deploy.demo.setup import setup


class Command(BaseCommand):
    """Thin: calls the setup and says what there is."""

    help = "Create the demo's accounts, course and curriculum; safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        """Set up."""
        course = setup()
        self.stdout.write(f"{course.title}: {len(course.units)} units, {len(course.problems())} problems")
        for account in ACCOUNTS:
            self.stdout.write(f"  {account.username} / {account.password}: {account.sees}")
