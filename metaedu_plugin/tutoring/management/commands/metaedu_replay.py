"""`metaedu_replay`: make learner states again of the stored responses."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from metaedu_plugin.capture import api as capture
from metaedu_plugin.tutoring.replay import replay


class Command(BaseCommand):
    """Parses, calls the replay, reports."""

    help = "Rebuild learner states from stored responses, under the model that serves now. Safe to repeat."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """One course, or all."""
        parser.add_argument("--course", help="course key; without it, every course that has responses")

    def handle(self, *args: Any, **options: Any) -> None:
        """Replay course by course."""
        known = capture.courses()
        wanted = options["course"]
        if wanted and wanted not in known:
            raise CommandError(f"There are no responses of course {wanted}. Courses with responses: {', '.join(known)}")
        for course in [wanted] if wanted else known:
            done = replay(course=course)
            self.stdout.write(f"{course}: {done.learners} learners, {done.responses} responses newly taken in")
        if not known:
            self.stdout.write("There are no responses yet, so there is nothing to replay.")
