"""Look at the experiments that run."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from metaedu_plugin.experiment import api as experiment


class Command(BaseCommand):
    """`metaedu_experiment`: once a night from cron, safe to repeat."""

    help = "Work out what the experiments that run have shown so far; their pages show it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which course."""
        parser.add_argument("--course", default="", help="only this course")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look, and say what was seen."""
        course = options["course"]
        if course and experiment.running(course=course) is None:
            raise CommandError(f"No experiment runs in {course}: an instructor begins one on the course's page.")
        for one, seen in experiment.refresh(course=course):
            found = seen.difference
            groups = f"{found.suggestions.learners} learners with suggestions, {found.course_order.learners} without"
            figures = ""
            if found.value is not None and found.low is not None and found.high is not None:
                figures = f", {100 * found.value:+.1f} points ({100 * found.low:+.1f} to {100 * found.high:+.1f})"
            self.stdout.write(f"{one.course}: {found.verdict}, {groups}{figures}")
