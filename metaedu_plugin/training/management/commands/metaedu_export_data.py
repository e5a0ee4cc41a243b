"""Write the captured responses as Parquet, for training here or for analysis elsewhere."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from metaedu_plugin.training.management.told import told


class Command(BaseCommand):
    """See `metaedu_plugin.training.dataset`."""

    help = "Bring the Parquet files up to the stored responses. Learners are in it by pseudonym only."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where, and whether to write all anew."""
        parser.add_argument("--to", metavar="URL", help="folder or address that fsspec knows, e.g. s3://bucket/path")
        parser.add_argument("--source", choices=["own", "aspects"], default="", help="as of metaedu_train")
        parser.add_argument("--compact", action="store_true", help="write everything anew as one file")

    def handle(self, *args: Any, **given: Any) -> None:
        """Write and say how much there is."""
        with told():
            from metaedu_plugin.training import dataset  # noqa: PLC0415 - needs pyarrow

            written = (dataset.compact if given["compact"] else dataset.refresh)(
                url=given["to"], source=given["source"]
            )
        self.stdout.write(f"The data set holds {written} responses.")
