"""Train, evaluate, export and, when it is better, promote a model version."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from metaedu_plugin.registry import api as registry
from metaedu_plugin.training.management.told import told


class Command(BaseCommand):
    """See `metaedu_plugin.training.pipeline`."""

    help = "Train a model version on what was captured; it is promoted when it passes the gate."

    def add_arguments(self, parser: CommandParser) -> None:
        """What a run can be asked."""
        parser.add_argument(
            "--course", action="append", dest="courses", metavar="KEY", help="train on this course only"
        )
        parser.add_argument(
            "--source",
            choices=["own", "aspects"],
            help="the own tables or Aspects; what METAEDU_TRAINING_SOURCE says unless given",
        )
        parser.add_argument(
            "--unseen",
            action="append",
            metavar="KEY",
            help="keep this course away, to measure what a new one would get",
        )
        parser.add_argument(
            "--start",
            choices=["shipped", "champion", "fresh"],
            help="weights to begin with; those that ship unless given",
        )
        parser.add_argument("--epochs", type=int)
        parser.add_argument("--batches", type=int, help="episodes an epoch")
        parser.add_argument("--seconds", type=float, help="begin no further epoch after so many seconds")
        parser.add_argument("--seed", type=int)
        parser.add_argument("--simulated", type=int, help="simulated courses to train on beside the captured ones")
        parser.add_argument("--simulated-unseen", type=int, help="further ones, to measure what a new course gets")
        parser.add_argument(
            "--no-specialise",
            action="store_false",
            dest="specialise",
            default=None,
            help="keep one network for all courses: no further training on each, no vectors of items and skills",
        )
        parser.add_argument("--attempts", type=int, help="trainings at most, when the gate refuses")
        parser.add_argument("--meta-learner", help="one to compare with in_context, which is what serves")
        parser.add_argument("--queue", action="store_true", help="leave it to a worker and return")
        parser.add_argument("--resume", type=int, metavar="RUN", help="go on with a run that was interrupted")

    def handle(self, *args: Any, **given: Any) -> None:
        """Carry out the run here, or queue it."""
        with told():
            self._queue(given) if given["queue"] else self._train(given)

    def _queue(self, given: dict[str, Any]) -> None:
        row = registry.run(id=registry.request_training(options=_options(given), by="command line"))
        if row is None or row.state == "failed":
            raise CommandError(row.message if row else "The run was not kept. Try again.")
        self.stdout.write(f"Run {row.id} is queued.")

    def _train(self, given: dict[str, Any]) -> None:
        from metaedu_plugin.training import pipeline  # noqa: PLC0415 - torch takes seconds to load
        from metaedu_plugin.training.evaluation import bands  # noqa: PLC0415
        from metaedu_plugin.training.management.console import Console  # noqa: PLC0415

        console = Console()
        try:
            run = given["resume"] or registry.request_training(options=_options(given), by="command line", queue=False)
            outcome = pipeline.run(run, listener=console)
        finally:
            console.close()
        self.stdout.write(bands.text(outcome.metrics["table"]))
        if given["meta_learner"] not in {None, "in_context"}:
            self.stdout.write(f"{given['meta_learner']} is in the table to be compared. What serves is in_context.")
        for warning in outcome.metrics["data"]["warnings"]:
            self.stdout.write(warning)
        self.stdout.write(outcome.message)


def _options(given: dict[str, Any]) -> dict[str, Any]:
    from metaedu_plugin.training.options import Options  # noqa: PLC0415 - as above

    names = [name for name in Options.__struct_fields__ if name in given]
    return {name: given[name] for name in names if given[name] is not None}
