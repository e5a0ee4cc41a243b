"""`metaedu_import` of what files can be: the message, the exit code, what is kept."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from django.db import connection

from metaedu_plugin.capture import api as capture
from metaedu_plugin.capture.models import DeadLetter, Response
from tests.faults.conftest import Manage

HEAD = "learner,item,correct,time\n"
ROWS = "".join(f"l{n % 97},q{n % 13},{n * 7 % 2},{1_700_000_000 + 60 * n}\n" for n in range(6000))
REFUSED = {
    "missing column": (b"learner,item\na,q\n", "answers.csv", "no column for correct; .*--map correct=COLUMN"),
    "wrong type": (b"learner,item,correct\na,q,perhaps\n", "answers.csv", "csv:2: correct is 'perhaps'; it must be 0"),
    "empty": (b"", "answers.csv", "it is empty; .*get a whole copy"),
    "head alone": (HEAD.encode(), "answers.csv", "empty but for the names of its columns; export it again"),
    "empty log": (b"", "tracking.log", "it is empty; .*get a whole copy"),
    "empty gz": (gzip.compress(b""), "answers.csv.gz", "it is empty"),
    "another encoding": ((HEAD + "José,Größe,1,\n").encode("latin-1"), "answers.csv", "not UTF-8 .*--encoding latin-1"),
    "wide encoding": ((HEAD + "José,Größe,1,\n").encode("utf-16"), "answers.csv", "not UTF-8 .*--encoding"),
    "no file": (None, "answers.csv", "No such file or directory; check the path"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_used_is_refused_in_one_line_and_nothing_is_kept(
    name: str, manage: Manage, tmp_path: Path
) -> None:
    content, file, message = REFUSED[name]
    if content is not None:
        (tmp_path / file).write_bytes(content)
    line = manage("metaedu_import", str(tmp_path / file), "--course", "c").refusal()
    assert re.search(message, line), line
    assert not Response.objects.exists()
    assert not DeadLetter.objects.exists()


def test_a_gz_cut_short_keeps_whole_rows_and_takes_the_rest_later(manage: Manage, tmp_path: Path) -> None:
    path = tmp_path / "answers.csv.gz"
    whole = gzip.compress((HEAD + ROWS).encode())
    path.write_bytes(whole[: len(whole) // 2])
    assert "cut short; everything before is imported" in manage("metaedu_import", str(path), "--course", "c").refusal()
    assert 0 < Response.objects.count() < 6000
    path.write_bytes(whole)
    assert manage("metaedu_import", str(path), "--course", "c").code == 0
    assert Response.objects.count() == 6000


def test_single_bad_rows_duplicate_ids_and_a_clock_going_backwards(manage: Manage, tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text(
        "id,learner,item,correct,time,attempt\n"
        "1,a,q1,1,2026-01-02T00:00:00Z,1\n"
        "2,a,q2,0,2026-01-01T00:00:00Z,1\n"
        "1,a,q1,1,2026-01-02T00:00:00Z,1\n"
        "1,a,q1,0,2026-01-02T00:00:00Z,1\n"
        "3,b,q1,1,2026-01-01T00:00:00Z,often\n"
    )
    told = manage("metaedu_import", str(path), "--course", "c")
    assert told.code == 0
    said = {words[0]: words[-1] for words in map(str.split, told.out.splitlines())}
    assert (said["responses"], said["duplicates"]) == ("2", "1")
    assert (said["conflicting_duplicate"], said["wrong_type"]) == ("1", "1")
    assert told.err.strip() == "2 could not be used; manage.py metaedu_dead_letters says why"
    # Read by time, as it was answered, whatever the order in the file.
    assert [r.item for r in capture.responses(course="c")] == ["q2", "q1"]
    listed = manage("metaedu_dead_letters").out
    assert "answers.csv:6" in listed
    assert "attempt is 'often'; it must be" in listed


@pytest.mark.parametrize("command", ["metaedu_import", "metaedu_train", "metaedu_dead_letters"])
def test_a_database_without_tables_is_told(command: str, manage: Manage, tmp_path: Path) -> None:
    if command == "metaedu_train":
        pytest.importorskip("torch")
    path = tmp_path / "answers.csv"
    path.write_text(HEAD + ROWS[:300])
    tables = ["metaedu_capture_response", "metaedu_capture_deadletter", "metaedu_registry_trainingrun"]
    _rename(tables, "{}", "away_{}")
    try:
        line = manage(command, *([str(path), "--course", "c"] if command == "metaedu_import" else [])).refusal()
    finally:
        _rename(tables, "away_{}", "{}")
    assert "no such table" in line
    assert "migrate" in line


def _rename(tables: list[str], before: str, after: str) -> None:
    with connection.schema_editor() as editor:
        for table in tables:
            editor.execute(f"ALTER TABLE {before.format(table)} RENAME TO {after.format(table)}")
