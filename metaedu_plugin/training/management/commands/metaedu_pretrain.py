"""Make the model that ships, or one like it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from metaedu_plugin.training.management.told import told


class Command(BaseCommand):
    """See `metaedu_plugin.training.pretrain`. Needs no database and no captured data."""

    help = "Train the model that ships, on simulated courses alone, and write its bundle with its card."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """What a pretraining can be asked; without options it makes what ships."""
        parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="of the bundle; must not exist")
        parser.add_argument("--seed", type=int, help="of courses and training; the same gives the same")
        parser.add_argument("--courses", type=int, help="simulated courses to train on, anew in each epoch")
        parser.add_argument("--unseen", type=int, help="further ones, to measure it by")
        parser.add_argument("--epochs", type=int)
        parser.add_argument("--batches", type=int, help="episodes an epoch")
        parser.add_argument(
            "--checkpoint",
            type=Path,
            metavar="FILE",
            help="written after every epoch; where it is there, the training goes on from it",
        )
        parser.add_argument("--minutes", type=float, help="begin no further epoch after so many minutes")

    def handle(self, *args: Any, **given: Any) -> None:
        """Make it and print how good it is."""
        with told():
            self._pretrain(given)

    def _pretrain(self, given: dict[str, Any]) -> None:
        from metaedu_plugin.training import pretrain  # noqa: PLC0415 - torch takes seconds to load
        from metaedu_plugin.training.evaluation import bands  # noqa: PLC0415
        from metaedu_plugin.training.management.console import Console  # noqa: PLC0415
        from metaedu_plugin.training.recipe import RECIPE  # noqa: PLC0415

        usual = RECIPE
        given_to_train = ("seed", "epochs", "batches")
        recipe = dataclasses.replace(
            usual,
            **{name: given[name] for name in ("courses", "unseen") if given[name] is not None},
            train=dataclasses.replace(
                usual.train, **{name: given[name] for name in given_to_train if given[name] is not None}
            ),
            seconds=None if given["minutes"] is None else 60 * given["minutes"],
        )
        console = Console()
        try:
            made = pretrain.pretrain(recipe, given["output"], console, kept=given["checkpoint"])
        finally:
            console.close()
        rows = made.metrics["unseen_courses"]
        for others in ("none", "half"):
            self.stdout.write(f"Simulated courses never seen, of whose learners {others} had answered before:")
            self.stdout.write(bands.text([row for row in rows if row["others"] == others and row["answers"] == "all"]))
        seconds = sum(made.metrics["seconds"].values())
        self.stdout.write(f"{made.name}: {made.metrics['bytes'] / 1e6:.2f} MB, {seconds:.0f} s, in {made.directory}")
