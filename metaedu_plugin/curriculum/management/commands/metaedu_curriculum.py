"""`metaedu_curriculum`: describe a course, read it from the platform, switch it on or off, or list what is known."""

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
        what.add_argument("--read-all", action="store_true", help="read all courses that the platform has, now")
        what.add_argument("--list", action="store_true", help="show the known courses")
        parser.add_argument("--items", metavar="CSV", help="item,title,skills,unit,url,minutes,hints,position,options")
        parser.add_argument("--skills", metavar="CSV", help="skill,title,prerequisites,position")
        parser.add_argument("--pages", metavar="CSV", help="title,url,skills,minutes")
        parser.add_argument("--structure", metavar="JSON", help="an answer of the platform's course blocks API")
        parser.add_argument("--read", action="store_true", help="read the course from the platform, as it is published")
        switch = parser.add_mutually_exclusive_group()
        switch.add_argument("--enable", dest="enabled", action="store_true", default=None)
        switch.add_argument("--disable", dest="enabled", action="store_false", default=None)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what was asked, in the order platform, structure, tables, switch."""
        if options["list"]:
            for course in api.courses():
                self.stdout.write(f"{course.key}\t{course.title}\t{'enabled' if course.enabled else 'disabled'}")
            return
        try:
            if options["read_all"]:
                self._read_all()
                return
            self._change(options["course"], options)
        except api.CurriculumError as error:
            raise CommandError(str(error)) from error

    def _change(self, course: str, options: dict[str, Any]) -> None:
        tables = {name: options[name] for name in ("items", "skills", "pages") if options[name]}
        if not tables and not options["structure"] and not options["read"] and options["enabled"] is None:
            raise CommandError(
                "nothing to do: give --read, --items, --skills, --pages, --structure, --enable or --disable"
            )
        if options["read"]:
            self._say(api.read_platform(course=course))
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
            now = api.course(key=course)
            if now is not None and now.enabled and not options["enabled"]:
                self.stdout.write(f"{course}: still on, by the platform's flag metaedu.enabled; switch that off, too")

    def _read_all(self) -> None:
        """One after the other; a course that cannot be read does not stop those after it."""
        failed = 0
        for course in api.platform_courses():
            self.stdout.write(f"{course}: ", ending="")
            try:
                self._say(api.read_platform(course=course))
            except Exception as error:
                failed += 1
                self.stdout.write(f"cannot be read: {error}")
        if failed:
            raise CommandError(f"{failed} courses could not be read; the others are in")

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
