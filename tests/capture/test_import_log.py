"""Tracking logs of the past."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from metaedu_plugin.capture import api
from metaedu_plugin.capture.models import DeadLetter, Response
from tests.capture.conftest import Run
from tests.capture.payloads import COURSE, check, hint, logged

NOISE = json.dumps({"name": "play_video", "event_type": "play_video", "event": "{}", "context": {"user_id": 1}})


def log_of(count: int) -> str:
    lines = []
    for n in range(count):
        lines += [NOISE, logged(check(user=n % 7, at=n)), ""]
    return "\n".join(lines)


def test_log_twice_changes_nothing(tmp_path: Path, told: list[Any]) -> None:
    path = tmp_path / "tracking.log"
    path.write_text(log_of(50))
    first, second = api.import_file(path=path), api.import_file(path=path)
    assert (first.responses, first.ignored, first.dead) == (50, 50, 0)
    assert (second.responses, second.duplicates, second.ignored) == (0, 50, 50)
    assert len(told) == Response.objects.count() == 50


def test_bare_json_a_prefix_nan_and_a_byte_order_mark(tmp_path: Path) -> None:
    bare = logged(check()).partition(" - ")[2]
    with_nan = logged(check(at=1)).replace('"grade": 1', '"grade": NaN')
    path = tmp_path / "events.json"
    path.write_bytes(b"\xef\xbb\xbf" + "\n".join([bare, with_nan, logged(hint())]).encode())
    counts = api.import_file(path=path)
    assert (counts.responses, counts.activities, counts.dead) == (2, 1, 0)


@pytest.mark.parametrize("shape", ["list", "one"])
def test_events_as_one_document(tmp_path: Path, shape: str) -> None:
    event = json.loads(logged(check()).partition(" - ")[2])
    path = tmp_path / "events.json"
    path.write_text(json.dumps([event, event] if shape == "list" else event, indent=1))
    assert api.import_file(path=path).responses == 1


def test_bad_line_names_file_and_line_and_keeps_nothing_personal(tmp_path: Path) -> None:
    path = tmp_path / "tracking.log"
    path.write_text("\n".join([logged(check()), logged(check(at=1))[:-9], NOISE[:-3], NOISE]))
    counts = api.import_file(path=path)
    assert (counts.responses, counts.ignored, counts.reasons) == (1, 1, {"bad_json": 2})
    letters = list(api.dead_letters(reason="bad_json"))
    assert [letter.source for letter in letters] == ["tracking.log:2", "tracking.log:3"]
    assert "person-41" not in "".join(letter.raw + letter.detail for letter in letters)


def test_course_takes_its_events_alone(tmp_path: Path) -> None:
    other = logged(check(at=5)).replace("TIDE101", "MOON101")
    path = tmp_path / "tracking.log"
    path.write_text("\n".join([logged(check()), other]))
    counts = api.import_file(path=path, course=COURSE)
    assert (counts.responses, counts.ignored) == (1, 1)


def test_gzip_of_several_members(tmp_path: Path) -> None:
    path = tmp_path / "tracking.log.gz"
    path.write_bytes(gzip.compress(log_of(3).encode() + b"\n") + gzip.compress(logged(check(user=99)).encode()))
    assert api.import_file(path=path).responses == 4


@pytest.mark.parametrize("damage", ["cut", "broken"])
def test_damaged_gzip_keeps_what_comes_before(tmp_path: Path, damage: str) -> None:
    whole = gzip.compress(log_of(6_000).encode())
    path = tmp_path / "tracking.log.gz"
    half = len(whole) // 2
    path.write_bytes(whole[:half] if damage == "cut" else whole[:half] + b"\xff" * 64 + whole[half:])
    with pytest.raises(api.ImportFailed, match="cut short" if damage == "cut" else "damaged") as failure:
        api.import_file(path=path)
    assert 1_500 < failure.value.counts.responses == Response.objects.count() < 6_000
    path.write_bytes(whole)
    assert api.import_file(path=path).responses == 6_000 - failure.value.counts.responses


BAD = {
    "missing.log": (None, "No such file"),
    "empty.log": (b"", "empty"),
    "empty.log.gz": (b"\x1f\x8b", "cut short"),
    "letter.log": (b"Dear all,\nthe tide is late.\n", "letter.log:1: not JSON"),
    "picture.log": (bytes(range(256)) * 8, "not JSON"),
}


@pytest.mark.parametrize("name", BAD)
def test_unusable_file_fails_in_one_line_and_writes_nothing(tmp_path: Path, name: str) -> None:
    content, message = BAD[name]
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(api.ImportFailed, match=message) as failure:
        api.import_file(path=tmp_path / name)
    assert "\n" not in str(failure.value)
    assert not DeadLetter.objects.exists()


def test_log_in_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "tracking.log"
    path.write_bytes("\n".join([logged(check()), NOISE]).encode("utf-16"))
    with pytest.raises(api.ImportFailed):
        api.import_file(path=path)
    assert api.import_file(path=path, encoding="utf-16").responses == 1


def test_progress_ends_at_the_size_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "tracking.log"
    path.write_text(log_of(1500))
    seen: list[tuple[int, int]] = []
    api.import_file(path=path, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (path.stat().st_size, path.stat().st_size)
    assert len(seen) > 1


def test_command_on_every_database(server: Run, tmp_path: Path) -> None:
    path = tmp_path / "tracking.log"
    path.write_text(log_of(300) + "\n" + logged(hint()) + "\n{")
    first = server("manage.py", "metaedu_import", str(path))
    assert ["responses", "300"] in [line.split() for line in first.stdout.splitlines()]
    assert ["bad_json", "1"] in [line.split() for line in first.stdout.splitlines()]
    second = server("manage.py", "metaedu_import", str(path))
    assert ["responses", "0"] in [line.split() for line in second.stdout.splitlines()]
    assert ["duplicates", "301"] in [line.split() for line in second.stdout.splitlines()]
    path.write_bytes(gzip.compress(log_of(9000).encode())[:-2000])
    cut = server("manage.py", "metaedu_import", str(path), check=False)
    assert cut.returncode == 1
    assert len(cut.stderr.strip().splitlines()) == 1
    assert "cut short" in cut.stderr
