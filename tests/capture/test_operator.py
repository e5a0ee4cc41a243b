"""What the operator does: dead letters, retirement, status, and the database's address."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from deploy.demo import databases
from metaedu_plugin.capture import api, store
from metaedu_plugin.capture.events import KINDS, problem_check
from metaedu_plugin.capture.models import Activity, DeadLetter, Learner, Response
from tests.capture.payloads import COURSE, check, hint


def unknown_label() -> dict[str, Any]:
    event = check()
    event["data"]["correct_map"]["p1_2_1"]["correctness"] = "mostly"
    return event


def run(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def test_dead_letters_are_listed_and_replayed_after_an_upgrade(
    monkeypatch: pytest.MonkeyPatch, told: list[Any]
) -> None:
    api.ingest(events=[unknown_label(), {**check(), "timestamp": "never"}], source="live")
    listed = run("metaedu_dead_letters").splitlines()
    assert [line.split("\t")[2] for line in listed] == ["unknown_correctness", "bad_time"]
    assert "own words" not in "".join(letter.raw for letter in api.dead_letters())
    assert api.replay().dead == 2
    monkeypatch.setattr(problem_check, "GRADED", {*problem_check.GRADED, "mostly"})
    assert "unknown_correctness" in run("metaedu_dead_letters", "--reason", "unknown_correctness")
    assert ["responses", "1"] in [line.split() for line in run("metaedu_dead_letters", "--replay").splitlines()]
    assert [letter.reason for letter in api.dead_letters()] == ["bad_time"]
    assert DeadLetter.objects.exclude(replayed=None).count() == len(told) == 1
    assert api.replay(reason="unknown_correctness") == api.Counts()


def test_row_of_a_table_is_replayed_under_its_own_key(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text("learner,item,correct\nzoe@example.org,q1,1\nzoe@example.org,q1,yes\n")
    api.import_file(path=path, course="algebra")
    letter = DeadLetter.objects.get()
    assert "zoe" not in letter.raw
    letter.raw = letter.raw.replace('"yes"', '"1"')
    letter.save()
    assert api.replay().responses == 1
    path.write_text(path.read_text().replace("yes", "1"))
    assert api.import_file(path=path, course="algebra").duplicates == 2
    assert Learner.objects.count() == 1


def test_line_that_was_no_json_stays_a_dead_letter(tmp_path: Path) -> None:
    path = tmp_path / "tracking.log"
    path.write_text('{"name": "other"}\n{"name"\n')
    api.import_file(path=path)
    assert api.replay().reasons == {"bad_json": 1}
    assert api.status().dead_letters == 1


def test_transformer_that_breaks_costs_one_event(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setitem(KINDS, "showanswer", problem_check.base.Kind("showanswer", KINDS["showanswer"].keep, broken))
    shown = {**hint(), "name": "showanswer"}
    counts = api.ingest(events=[shown, check()], source="live")
    assert (counts.responses, counts.reasons) == (1, {"unexpected": 1})


def test_forget_leaves_nothing_of_a_person_and_all_of_the_others() -> None:
    for user in (5, 55):
        api.ingest(events=[check(user=user), hint(user=user)], source="live")
        api.ingest(events=[{**check(user=user), "timestamp": "never"}], source="live")
        api.receive(event=check(user=user, at=60))
    pseudonym = api.learner_for(user_id=5)
    assert api.forget(user_id=5) == pseudonym
    assert api.forget(user_id=5) == pseudonym
    assert api.drain().responses == 1
    assert list(Learner.objects.values_list("user_id", flat=True)) == [55]
    assert (Response.objects.count(), Activity.objects.count(), DeadLetter.objects.count()) == (2, 1, 1)
    assert not list(api.responses(course=COURSE, learner=pseudonym))


def test_status_tells_what_waits() -> None:
    api.ingest(events=[check(), hint()], source="live")
    api.receive(event=check(at=9))
    status = api.status()
    assert (status.responses, status.activities, status.learners, status.courses, status.lost) == (1, 1, 1, 1, 0)
    assert status.spool_bytes > 100
    assert 0 < status.spool_age < 60
    assert run("metaedu_drain").split()[:2] == ["responses", "1"]
    assert api.status().spool_age == 0


def test_commands_say_in_one_line_that_the_database_is_away(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def down(*_: Any) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(store, "resolve", down)
    monkeypatch.setattr(store, "PAUSES", (0,))
    api.receive(event=check())
    with pytest.raises(CommandError, match="the spool is kept"):
        run("metaedu_drain")
    path = tmp_path / "answers.csv"
    path.write_text("learner,item,correct\na,q1,1\n")
    with pytest.raises(CommandError, match="repeat the import"):
        run("metaedu_import", str(path), course="algebra")
    with pytest.raises(CommandError, match="FIELD=COLUMN"):
        run("metaedu_import", str(path), "--map", "learner")


def test_address_of_a_database(tmp_path: Path) -> None:
    default = tmp_path / "platform.sqlite3"
    assert databases.from_address("", default=default)["NAME"] == default
    assert databases.from_address("sqlite:////srv/other.db", default=default)["NAME"] == Path("/srv/other.db")
    found = databases.from_address("postgresql://me:p%40ss@db.example:6432/metaedu?sslmode=require", default=default)
    assert (found["ENGINE"], found["NAME"], found["USER"]) == ("django.db.backends.postgresql", "metaedu", "me")
    assert (found["PASSWORD"], found["HOST"], found["PORT"]) == ("p@ss", "db.example", "6432")
    assert found["OPTIONS"] == {"sslmode": "require"}
    assert databases.from_address("mysql://root@127.0.0.1/x", default=default)["OPTIONS"] == {"charset": "utf8mb4"}
    with pytest.raises(ValueError, match="unknown scheme"):
        databases.from_address("oracle://x/y", default=default)
    with pytest.raises(ValueError, match="name of the database"):
        databases.from_address("mysql://root@127.0.0.1", default=default)


def test_sqlite_lets_readers_read_while_one_writes() -> None:
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA synchronous").fetchone() == (1,)
