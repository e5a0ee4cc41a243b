"""`metaedu_curriculum`: describe a course, switch it on or off, or list what is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from metaedu_plugin.curriculum import api


class Command(BaseCommand):
    """Thin: reads the arguments and calls the API."""

    help = "Import a course's items, skills, pages or structure; enable or disable feedback in it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name what can be imported."""
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--course", metavar="KEY", help="the course, as the platform calls it")
        what.add_argument("--list", action="store_true", help="show the known courses")
        parser.add_argument("--items", metavar="CSV", help="item,title,skills,unit,url,minutes,hints,position,options")
        parser.add_argument("--skills", metavar="CSV", help="skill,title,prerequisites,position")
        parser.add_argument("--pages", metavar="CSV", help="title,url,skills,minutes")
        parser.add_argument("--structure", metavar="JSON", help="an answer of the platform's course blocks API")
        switch = parser.add_mutually_exclusive_group()
        switch.add_argument("--enable", dest="enabled", action="store_true", default=None)
        switch.add_argument("--disable", dest="enabled", action="store_false", default=None)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what was asked, in the order structure, tables, switch."""
        if options["list"]:
            for course in api.courses():
                self.stdout.write(f"{course.key}\t{course.title}\t{'enabled' if course.enabled else 'disabled'}")
            return
        try:
            self._change(options["course"], options)
        except api.CurriculumError as error:
            raise CommandError(str(error)) from error

    def _change(self, course: str, options: dict[str, Any]) -> None:
        tables = {name: options[name] for name in ("items", "skills", "pages") if options[name]}
        if not tables and not options["structure"] and options["enabled"] is None:
            raise CommandError("nothing to do: give --items, --skills, --pages, --structure, --enable or --disable")
        if options["structure"]:
            structure = _json(options["structure"])
            if api.structure_course(structure=structure) != course:
                raise CommandError(f"{options['structure']} describes another course than {course}")
            self._say(api.import_structure(structure=structure))
        if tables:
            self._say(api.import_csv(course=course, **tables))
        if options["enabled"] is not None:
            api.set_enabled(course=course, enabled=options["enabled"])
            self.stdout.write(f"{course}: feedback {'enabled' if options['enabled'] else 'disabled'}")

    def _say(self, counts: api.Counts) -> None:
        self.stdout.write(
            f"{counts.skills} skills, {counts.items} items, {counts.pages} pages read; {counts.new} of them new"
        )


def _json(path: str) -> dict[str, Any]:
    try:
        value = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise CommandError(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(value, dict):
        raise CommandError(f"{path} does not hold a JSON object")
    return value
