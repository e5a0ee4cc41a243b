"""Aspects' ClickHouse over HTTP, or an embedded one that holds the same tables."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import clickhouse_connect
from clickhouse_connect.driver.exceptions import ClickHouseError

from metaedu_plugin.training.errors import TrainingError
from metaedu_plugin.training.sources import statements
from metaedu_plugin.training.sources.answers import Told, rows
from metaedu_plugin.training.sources.base import ASPECTS, SETTING, Row
from metaedu_plugin.training.sources.people import People

DATABASE: Final = "xapi"
SCHEMES: Final = {"clickhouse": "http", "clickhouses": "https"}
EMBEDDED: Final = "chdb"
AT_ONCE: Final = 1000
"""Courses that a query names: it may have 256 KiB."""
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Aspects:
    """The answers in Aspects."""

    name = ASPECTS

    def __init__(self, address: str) -> None:
        """`clickhouse://user:password@host:8123/xapi`, `clickhouses:` for TLS; `chdb:///folder?database=xapi`.

        Raises:
            TrainingError: it is no such address.

        """
        self._where = urlsplit(address)
        options = dict(parse_qsl(self._where.query))
        named = options.get("database", "") if self._where.scheme == EMBEDDED else self._where.path.strip("/")
        self._database = named or DATABASE
        if self._where.scheme not in (*SCHEMES, EMBEDDED) or not _NAME.fullmatch(self._database):
            raise TrainingError(
                f"{SETTING} is no address of Aspects' ClickHouse; it looks like"
                " clickhouse://USER:PASSWORD@HOST:8123/xapi, or clickhouses: for a server with TLS."
            )

    def states(self) -> dict[str, str]:
        """Each changes with every statement that comes or goes, and with whose answers may be used."""
        with self._asked() as client:
            table, external = self._tables(client)
            courses = client.query(statements.states(self._database, table)).result_rows
            people = self._people(client, table, external)
        return {
            course: f"{number}:{newest}:{marks}:{people.state(actors, course)}"
            for course, number, newest, marks, actors in courses
            if course and actors
        }

    def rows(self, courses: Collection[str]) -> Iterator[Row]:
        """All answers that may be used."""
        with self._asked() as client:
            table, external = self._tables(client)
            people = self._people(client, table, external)
            query, wanted = statements.answers(self._database, table), sorted(courses)
            for start in range(0, len(wanted), AT_ONCE):
                given = {"courses": tuple(wanted[start : start + AT_ONCE])}
                with client.query_rows_stream(query, parameters=given) as stream:
                    yield from rows((Told(*row) for row in stream), person=people.pseudonym)

    def _people(self, client: Any, table: str, external: bool) -> People:
        actors = [actor for (actor,) in client.query(statements.actors(self._database, table)).result_rows]
        users = dict(client.query(statements.users()).result_rows) if external else {}
        return People(actors, told={str(name): int(user) for name, user in users.items()})

    def _tables(self, client: Any) -> tuple[str, bool]:
        """The better table of statements, and whether Aspects knows platform users."""
        there = {name for (name,) in client.query(statements.tables(self._database)).result_rows}
        for table in (statements.PARSED, statements.RAW):
            if f"{self._database}.{table}" in there:
                return table, statements.EXTERNAL in there
        raise TrainingError(
            f"ClickHouse has no table {self._database}.{statements.RAW}: check the database at the end of {SETTING},"
            " and that its user may read it."
        )

    @contextmanager
    def _asked(self) -> Iterator[Any]:
        try:
            client = _connect(self._where)
        except (ClickHouseError, OSError) as error:
            raise TrainingError(_advice(error)) from error
        try:
            yield client
        except ClickHouseError as error:
            raise TrainingError(_advice(error)) from error
        finally:
            client.close()


def _connect(where: SplitResult) -> Any:
    if where.scheme == EMBEDDED:
        return clickhouse_connect.get_client(interface="chdb", path=where.path or None)
    return clickhouse_connect.get_client(
        interface=SCHEMES[where.scheme],
        host=where.hostname or "localhost",
        port=where.port or (8443 if where.scheme == "clickhouses" else 8123),
        username=unquote(where.username or "default"),
        password=unquote(where.password or ""),
        autogenerate_session_id=False,
    )


def _advice(error: Exception) -> str:
    """What went wrong without the address, which has a password in it."""
    said = str(error).strip().splitlines()
    return (
        f"ClickHouse does not answer as it should ({said[0][:300] if said else type(error).__name__}). Check {SETTING},"
        " that the server can be reached from here and that the user may read the tables of Aspects; then train again,"
        " or train on the own tables with --source own."
    )
