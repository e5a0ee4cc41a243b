"""`metaedu_export_learner USER_ID`: all that is kept of a person, as JSON."""

from __future__ import annotations

import argparse
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from metaedu_plugin.tutoring.privacy_export import own_data


class Command(BaseCommand):
    """Parses, calls the export, writes."""

    help = "Write all that is kept of a platform user as JSON: answers, choices, mastery, what was shown."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Whose."""
        parser.add_argument("user_id", type=int, help="the platform's id of the user")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it to the standard output."""
        data = own_data(user_id=options["user_id"])
        if not data["learner"] and not data["not_understood"]:
            raise CommandError(f"Nothing is kept of user {options['user_id']}.")
        self.stdout.write(json.dumps(data, indent=2, ensure_ascii=False))
