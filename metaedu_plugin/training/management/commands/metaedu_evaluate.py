"""Evaluate a registered version anew, on the responses that there are now."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from metaedu_plugin.training.management.told import told


class Command(BaseCommand):
    """Prints the table; nothing is changed."""

    help = "Evaluate a version on held-out learners, beside the champion and the baselines."

    def add_arguments(self, parser: CommandParser) -> None:
        """Version, and where else to write the figures."""
        parser.add_argument("version")
        parser.add_argument("--course", action="append", default=[], dest="courses", metavar="KEY")
        parser.add_argument("--source", choices=["own", "aspects"], default="", help="as of metaedu_train")
        parser.add_argument("--unseen", action="append", default=[], metavar="KEY", help="treat as a new course")
        parser.add_argument("--simulated-unseen", type=int, default=12, help="simulated courses to evaluate on, too")
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")

    def handle(self, *args: Any, **given: Any) -> None:
        """Evaluate and print."""
        with told():
            self._evaluate(given)

    def _evaluate(self, given: dict[str, Any]) -> None:
        from metaedu_plugin.training import again  # noqa: PLC0415 - torch takes seconds to load
        from metaedu_plugin.training.evaluation import bands  # noqa: PLC0415
        from metaedu_plugin.training.management.console import Console  # noqa: PLC0415
        from metaedu_plugin.training.options import Options  # noqa: PLC0415

        console = Console()
        try:
            figures = again.evaluate(
                version=given["version"],
                options=Options(
                    courses=tuple(given["courses"]),
                    unseen=tuple(given["unseen"]),
                    source=given["source"],
                    simulated=0,
                    simulated_unseen=given["simulated_unseen"],
                ),
                progress=console,
            )
        finally:
            console.close()
        self.stdout.write(bands.text(figures["table"]))
        for origin, others in dict.fromkeys((row["origin"], row["others"]) for row in figures["unseen_courses"]):
            rows = [r for r in figures["unseen_courses"] if (r["origin"], r["others"]) == (origin, others)]
            self.stdout.write(f"\nUnseen {origin} courses, of whose learners {others} had answered before:")
            self.stdout.write(bands.text(rows))
        if given["json"]:
            given["json"].write_text(json.dumps(figures, indent=1))
