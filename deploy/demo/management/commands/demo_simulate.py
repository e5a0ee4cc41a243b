"""`demo_simulate`: a class that is made up, through the platform's own grading and events."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from deploy.demo.setup import setup
from deploy.demo.simulation import school


class Command(BaseCommand):
    """Thin: calls the simulation and says what capture made of it."""

    help = "Simulate a class over the last three weeks. Its learners are named as simulated."

    def add_arguments(self, parser: CommandParser) -> None:
        """Size and seed."""
        parser.add_argument("--learners", type=int, default=200)
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument("--replace", action="store_true", help="make a new class in place of the one that is there")

    def handle(self, *args: Any, **options: Any) -> None:
        """Simulate, once."""
        if not 1 <= options["learners"] <= 999:
            raise CommandError("--learners must be from 1 to 999")
        course = setup()
        there = school.there()
        if there and not options["replace"]:
            self.stdout.write(f"{there} simulated learners are there already; --replace makes a new class")
            return
        if there:
            school.remove()
        responses = school.simulate(
            course=course, learners=options["learners"], seed=options["seed"], quiet=options["verbosity"] == 0
        )
        self.stdout.write(f"{options['learners']} simulated learners, {responses} responses")
