"""CSV and Parquet."""

from __future__ import annotations

import gzip
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from metaedu_plugin.capture import api, signals
from metaedu_plugin.capture.models import DeadLetter, Learner, Response

HEAD = "user_id,question,skill,correct,timestamp"


def table(tmp_path: Path, *lines: str, name: str = "answers.csv") -> Path:
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n")
    return path


def read(path: Path, **options: Any) -> api.Counts:
    return api.import_file(path=path, **{"course": "algebra", **options})


@pytest.fixture
def found(told: list[Any]) -> dict[str, tuple[str, ...]]:
    skills: dict[str, tuple[str, ...]] = {}

    def hear(*, course: str, item_skills: dict[str, tuple[str, ...]], **_: Any) -> None:
        assert course == "algebra"
        assert Response.objects.exists()
        skills.update(item_skills)

    signals.item_skills_found.connect(hear, weak=False)
    return skills


def test_usual_names_are_understood(tmp_path: Path, found: dict[str, tuple[str, ...]]) -> None:
    path = table(
        tmp_path,
        "Student ID;Question;KC;Is Correct;Timestamp;hint_count;duration_ms;score",
        "s1;q1#2_1;lines;1;1700000000;2;1500;",
        "s1;q2;areas;FALSE;1700000060000;;;0.25",
        "s2;q1#2_1;lines;true;2023-11-14T22:14:20+01:00;0;;1",
    )
    assert read(path, skill_separator="~").responses == 3
    one, two, three = Response.objects.order_by("id")
    assert (one.problem, one.part, one.item, one.hints, one.seconds, one.score) == ("q1", "2_1", "q1#2_1", 2, 1.5, 1.0)
    assert (two.correct, two.score, two.seconds) == (False, 0.25, 60.0)
    assert two.time == datetime(2023, 11, 14, 22, 14, 20, tzinfo=UTC)
    assert three.time == datetime(2023, 11, 14, 21, 14, 20, tzinfo=UTC)
    assert found == {"q1#2_1": ("lines",), "q2": ("areas",)}
    assert not Learner.objects.exclude(user_id=None).exists()


def test_without_time_the_order_is_that_of_the_file_and_twice_changes_nothing(tmp_path: Path) -> None:
    path = table(tmp_path, "learner,item,correct", "a,q1,0", "a,q1,0", "b,q1,1", "a,q2,1", "a,q1,1")
    assert read(path).responses == 5
    assert read(path).duplicates == 5
    mine = [r for r in api.responses(course="algebra") if r.learner == next(api.responses(course="algebra")).learner]
    assert [(r.item, r.attempt, r.correct) for r in mine] == [
        ("q1", 1, False),
        ("q1", 2, False),
        ("q2", 1, True),
        ("q1", 3, True),
    ]
    assert {r.time for r in mine} == {None}


def test_columns_by_map_and_course_by_column(tmp_path: Path) -> None:
    path = table(tmp_path, "who,what,ok,course", "a,q1,1,geometry", "a,q2,1,algebra")
    with pytest.raises(
        api.ImportFailed, match=r"no column for learner, item, correct.*who, what, ok.*--map learner=COLUMN"
    ):
        api.import_file(path=path)
    columns = {"learner": "who", "item": "what", "correct": "ok"}
    assert api.import_file(path=path, columns=columns).responses == 2
    assert api.courses() == ["algebra", "geometry"]
    with pytest.raises(api.ImportFailed, match="no such column"):
        read(path, columns={"learner": "whom"})
    with pytest.raises(api.ImportFailed, match="no field lerner"):
        read(path, columns={"lerner": "who"})


def test_several_skills_of_an_item(tmp_path: Path, found: dict[str, tuple[str, ...]]) -> None:
    path = table(tmp_path, HEAD, "a,q1,x; y,1,1", "a,q2,,1,2", "b,q1,z,1,3", "b,q3,a_b,1,4")
    read(path)
    assert found == {"q1": ("x", "y", "z"), "q3": ("a_b",)}
    found.clear()
    read(path, skill_separator="_")
    assert found["q3"] == ("a", "b")


def test_row_of_each_skill_with_one_id_is_one_response(tmp_path: Path, found: dict[str, tuple[str, ...]]) -> None:
    path = table(tmp_path, "order_id,user_id,problem_id,skill,correct", "1,a,q1,x,1", "1,a,q1,y,1", "2,a,q1,x,0")
    counts = read(path)
    assert (counts.responses, counts.duplicates) == (2, 1)
    assert found == {"q1": ("x", "y")}


def test_id_twice_with_other_content_is_a_dead_letter(tmp_path: Path) -> None:
    path = table(tmp_path, "id,learner,item,correct", "7,a,q1,1", "7,b,q9,0")
    assert read(path).reasons == {"conflicting_duplicate": 1}
    assert DeadLetter.objects.get().source == "answers.csv:3"


BAD_ROWS = {
    "a,q1,lines,maybe,1": "bad_correct",
    "a,q1,lines,2,1": "bad_correct",
    "a,q1,lines,,1": "bad_correct",
    ",q1,lines,1,1": "missing_field",
    "a,,lines,1,1": "missing_field",
    "a,q1,lines,1,soon": "bad_time",
    "a,q1,lines,1": "wrong_cells",
    f"a,{'q' * 300},lines,1,1": "too_long",
}


@pytest.mark.parametrize("line", BAD_ROWS)
def test_bad_row_is_a_dead_letter_with_its_line(tmp_path: Path, line: str) -> None:
    path = table(tmp_path, HEAD, "a,q1,lines,1,1", line, "a,q1,lines,1,2")
    for _ in range(2):
        counts = read(path)
        assert counts.reasons == {BAD_ROWS[line]: 1}
    letter = DeadLetter.objects.get()
    assert letter.source == "answers.csv:3"
    assert Response.objects.count() == 2


@pytest.mark.parametrize(("column", "cell"), [("hints", "-1"), ("attempt", "1.5"), ("score", "3"), ("seconds", "long")])
def test_number_out_of_place(tmp_path: Path, column: str, cell: str) -> None:
    path = table(tmp_path, f"learner,item,correct,{column}", "a,q1,1,1", f"a,q2,1,{cell}")
    counts = read(path)
    assert counts.reasons == {"wrong_type": 1}
    assert f"{column} is '{cell}'" in next(api.dead_letters()).detail


def test_clock_going_backwards_keeps_the_rows(tmp_path: Path) -> None:
    path = table(tmp_path, HEAD, "a,q1,x,1,500", "a,q2,x,1,100")
    assert read(path).responses == 2
    assert [r.item for r in api.responses(course="algebra")] == ["q2", "q1"]


def test_other_encodings(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    text = "learner,item,correct\n" + "zoë,Größe,1\n" * 3000
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(api.ImportFailed, match=r"not UTF-8.*--encoding"):
        read(path)
    assert not Response.objects.exists()
    assert read(path, encoding="latin-1").responses == 3000
    assert next(api.responses(course="algebra")).item == "Größe"
    path.write_bytes("learner,item,correct\na,q,1\n".encode("utf-16"))
    assert read(path, encoding="utf-16").responses == 1
    with pytest.raises(api.ImportFailed, match="no such encoding"):
        read(path, encoding="utf-99")


UNUSABLE = {
    "nothing": ("", "empty"),
    "only the head": (HEAD + "\n", "empty"),
    "no row of use": (HEAD + "\na,q1,x,perhaps,1\n", "answers.csv:2.*perhaps"),
    "open quote": (HEAD + "\na,q1,x,1,1\n" + 'a,"q1,x,1,2\n' + "a,q1,x,1,3\n" * 20_000, "quote"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_unusable_file(tmp_path: Path, name: str) -> None:
    content, message = UNUSABLE[name]
    path = tmp_path / "answers.csv"
    path.write_text(content)
    with pytest.raises(api.ImportFailed, match=message):
        read(path)
    assert not Response.objects.exists()
    assert not DeadLetter.objects.exists()


def test_course_has_to_be_said(tmp_path: Path) -> None:
    with pytest.raises(api.ImportFailed, match="--course KEY"):
        api.import_file(path=table(tmp_path, "learner,item,correct", "a,q,1"))


def test_gzipped_table(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv.gz"
    path.write_bytes(gzip.compress(b"learner,item,correct\na,q,1\n"))
    assert read(path).responses == 1


def test_a_pyarrow_that_will_not_load_is_told_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "answers.parquet"
    path.write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(api.ImportFailed, match=r"import of pyarrow halted.*pip install pyarrow"):
        read(path)


def test_parquet_says_what_csv_says(tmp_path: Path, found: dict[str, tuple[str, ...]]) -> None:
    arrow = pytest.importorskip("pyarrow", exc_type=ImportError)
    from pyarrow import parquet

    columns = {
        "user": [1, 2.0, None],
        "item": ["q1", "q2", "q3"],
        "correct": [True, False, True],
        "time": [datetime(2026, 1, 1, tzinfo=UTC), None, None],
        "skills": [["x", "y"], [], None],
        "unused": [{"a": 1}, None, None],
    }
    path = tmp_path / "answers.parquet"
    parquet.write_table(arrow.table(columns), path)
    counts = read(path)
    assert (counts.responses, counts.reasons) == (2, {"missing_field": 1})
    assert next(api.dead_letters()).source == "answers.parquet:3"
    assert found == {"q1": ("x", "y")}
    csv = table(tmp_path, "user,item,correct,time", "1,q1,1,2026-01-01T00:00:00Z", "2,q2,0,")
    assert read(csv).duplicates == 2
    path.write_bytes(b"PAR1 but not really")
    with pytest.raises(api.ImportFailed, match="not a Parquet file"):
        read(path)
