"""`manage.py metaedu_import`: answers of the past, from a file."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError

from metaedu_plugin.capture import api
from metaedu_plugin.capture.management.summary import bar, table


class Command(BaseCommand):
    """Exit code 0 when the file was read to its end, dead letters or not; 1 for a file that cannot be used."""

    help = "Import a tracking log (also .gz), xAPI statements, a CSV or a Parquet file of responses. Safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """PATH and how to read it."""
        parser.add_argument(
            "path", help="tracking log, xAPI statements, .csv, .tsv or .parquet; all but Parquet also gzipped"
        )
        parser.add_argument("--course", help="course key of a table; of a log, take this course alone")
        parser.add_argument(
            "--map", action="append", default=[], metavar="FIELD=COLUMN", help="e.g. learner=user; may be repeated"
        )
        parser.add_argument("--skill-separator", default=";", help="between several skills of a cell; default ;")
        parser.add_argument("--encoding", help="of a text file; default UTF-8")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, then say what became of it."""
        columns = {}
        for pair in options["map"]:
            field, equals, column = pair.partition("=")
            if not equals:
                raise CommandError(f"--map {pair}: write FIELD=COLUMN, e.g. learner=user")
            columns[field] = column
        try:
            with bar(self.stderr) as progress:
                counts = api.import_file(
                    path=options["path"],
                    course=options["course"],
                    columns=columns,
                    progress=progress,
                    skill_separator=options["skill_separator"],
                    encoding=options["encoding"],
                )
        except api.ImportFailed as error:
            self.stdout.write(table(error.counts))
            raise CommandError(str(error)) from error
        except (DatabaseError, InterfaceError) as error:
            raise CommandError(
                f"the database does not answer as it should: {str(error).strip()}; when it runs, has room and manage.py"
                " migrate was run, repeat the import: nothing counts twice"
            ) from error
        self.stdout.write(table(counts))
        if counts.dead:
            self.stderr.write(f"{counts.dead} could not be used; manage.py metaedu_dead_letters says why")
