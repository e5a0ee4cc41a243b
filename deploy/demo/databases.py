"""The database as one address, `METAEDU_DATABASE`, and SQLite made ready for several processes at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import django
from django.db.backends.signals import connection_created

ENGINES = {
    "sqlite": "django.db.backends.sqlite3",
    "postgresql": "django.db.backends.postgresql",
    "postgres": "django.db.backends.postgresql",
    "mysql": "django.db.backends.mysql",
    "mariadb": "django.db.backends.mysql",
}


def from_address(address: str, *, default: Path) -> dict[str, Any]:
    """Settings of one database.

    `address` reads `postgresql://user:password@host:port/name`, `mysql://…` or `sqlite:///path`
    (absolute); empty stands for SQLite in the file `default`. Raises ValueError for another scheme or a missing name.
    """
    if not address:
        return _sqlite(default)
    parts = urlsplit(address)
    if parts.scheme not in ENGINES:
        message = (
            f"METAEDU_DATABASE: unknown scheme {parts.scheme!r}; write sqlite:///path, postgresql://… or mysql://…"
        )
        raise ValueError(message)
    if parts.scheme == "sqlite":
        return _sqlite(Path("/" + unquote(parts.path).lstrip("/")) if parts.path else default)
    name = unquote(parts.path.lstrip("/"))
    if not name:
        message = "METAEDU_DATABASE: the name of the database is missing; write it after the last slash"
        raise ValueError(message)
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    if ENGINES[parts.scheme].endswith("mysql"):
        _use_pymysql()
        options.setdefault("charset", "utf8mb4")
    return {
        "ENGINE": ENGINES[parts.scheme],
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
    }


def _sqlite(path: Path) -> dict[str, Any]:
    options: dict[str, Any] = {"timeout": 30}
    if django.VERSION >= (5, 1):
        # A transaction that reads first and writes later cannot wait for another writer: it fails at once. So each
        # asks for the write at its beginning, where it can wait. Older versions of Django do not have the choice.
        options["transaction_mode"] = "IMMEDIATE"
    return {"ENGINE": ENGINES["sqlite"], "NAME": path, "OPTIONS": options}


def _use_pymysql() -> None:
    """PyMySQL stands in for mysqlclient where that is not installed: it needs no compiler."""
    try:
        import MySQLdb  # noqa: F401, PLC0415  only where MySQL is asked for
    except ImportError:
        import pymysql  # noqa: PLC0415

        pymysql.install_as_MySQLdb()


def tune_sqlite(*, connection: Any, **_: Any) -> None:
    """Readers do not wait for the writer; a commit is on disk at the next checkpoint."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode = WAL")
            cursor.execute("PRAGMA synchronous = NORMAL")


connection_created.connect(tune_sqlite, dispatch_uid="metaedu.tune_sqlite")
