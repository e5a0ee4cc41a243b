"""A throw-away database of each kind, for tests in processes of their own."""

from __future__ import annotations

import os
from collections.abc import Callable
from urllib.parse import urlsplit


def _postgresql(server: str, statement: str) -> None:
    import psycopg

    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(statement)


def _mysql(server: str, statement: str) -> None:
    import pymysql

    parts = urlsplit(server)
    connection = pymysql.connect(
        host=parts.hostname or "", port=parts.port or 3306, user=parts.username, password=parts.password or ""
    )
    with connection, connection.cursor() as cursor:
        cursor.execute(statement)


SERVERS: dict[str, tuple[str, Callable[[str, str], None]]] = {
    "postgresql": (os.environ.get("METAEDU_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1"), _postgresql),
    "mysql": (os.environ.get("METAEDU_TEST_MYSQL", "mysql://root@127.0.0.1"), _mysql),
}
