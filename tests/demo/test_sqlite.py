"""Two processes on the embedded database: one that reads and then writes waits for the other, it does not fail."""

import sqlite3
import threading

import django
import pytest
from django.db import connection, transaction

from metaedu_plugin.capture.models import Switch


@pytest.mark.skipif(django.VERSION < (5, 1), reason="older versions of Django cannot begin with the write")
@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite only")
def test_reading_then_writing_waits_for_another_writer(tmp_path):
    from deploy.demo.databases import from_address

    settings = from_address("", default=tmp_path / "shared.sqlite3")
    options = dict(settings["OPTIONS"])
    mode = options.pop("transaction_mode")
    with sqlite3.connect(settings["NAME"]) as first:
        first.execute("PRAGMA journal_mode = WAL")
        first.execute("CREATE TABLE t (n INTEGER)")

    def read_and_write(wait: threading.Event, go_on: threading.Event) -> None:
        mine = sqlite3.connect(settings["NAME"], isolation_level=None, **options)
        mine.execute(f"BEGIN {mode}")
        seen = mine.execute("SELECT count(*) FROM t").fetchone()[0]
        wait.set()
        go_on.wait(5)
        mine.execute("INSERT INTO t VALUES (?)", (seen,))
        mine.execute("COMMIT")

    began, go_on = threading.Event(), threading.Event()
    one = threading.Thread(target=read_and_write, args=(began, go_on))
    one.start()
    began.wait(5)
    other = threading.Thread(target=read_and_write, args=(threading.Event(), go_on))
    other.start()
    go_on.set()
    one.join(10)
    other.join(10)
    rows = sqlite3.connect(settings["NAME"]).execute("SELECT n FROM t ORDER BY n").fetchall()
    assert rows == [(0,), (1,)], "each saw what the one before it had written"


@pytest.mark.django_db(transaction=True)
def test_the_platform_uses_it():
    with transaction.atomic():
        Switch.objects.update_or_create(name="feedback", defaults={"on": True})
    if connection.vendor == "sqlite" and django.VERSION >= (5, 1):
        assert connection.settings_dict["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
