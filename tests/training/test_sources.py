"""Answers from Aspects: the same events through the real event-routing-backends into ClickHouse, and into own tables.

ClickHouse is embedded (chdb), behind the very client that asks a server.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import clickhouse_connect
import numpy as np
import pytest
from django.core.management import CommandError, call_command

from metaedu_plugin.capture import api as capture
from metaedu_plugin.capture.models import Response
from metaedu_plugin.registry import api as registry
from metaedu_plugin.training import dataset, parts, pipeline
from metaedu_plugin.training.data import CourseData
from metaedu_plugin.training.errors import NotEnoughData, TrainingError
from metaedu_plugin.training.material import gather
from metaedu_plugin.training.options import Options, parse
from metaedu_plugin.training.sources import base, statements
from serving import bundle
from tests.xapi import events
from tests.xapi.process import needed, statements_of
from tests.xapi.standins import external_id

pytestmark = pytest.mark.django_db
OTHER = "course-v1:Owl+FRAC2+2026"

HAPPENED = [
    events.enrolled(7, minute=-3),
    events.answered(7, "add1", ["incorrect"], minute=0),
    events.hinted(7, "add1", minute=0.5),
    events.shown(7, "add1", minute=0.75),
    events.answered(7, "add1", ["correct"], minute=1, attempt=2),
    events.completed(7, "read", minute=2, done=0.5),
    events.answered(7, "add2", ["correct", "incorrect", "correct"], minute=3),
    events.completed(7, "read", minute=4),
    events.answered(7, "add3", ["partially-correct"], minute=5, grade=0.5),
    events.answered(7, "add_2_1", ["correct"], minute=40),
    events.answered(8, "add1", ["correct"], minute=1),
    events.hinted(8, "add2", minute=2),
    events.answered(8, "add2", ["correct", "correct", "correct"], minute=3),
    events.answered(8, "add1", ["incorrect"], minute=3.5, attempt=2),
    events.answered(7, "more", ["incorrect"], minute=50, course=OTHER),
    events.answered(9, "more", ["correct"], minute=50, course=OTHER),
]


@pytest.fixture(scope="module")
def said() -> list[dict[str, Any]]:
    """What the platform's record store received of all that."""
    needed("chdb")
    return statements_of(HAPPENED)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the embedded database: there can be one only in a process."""
    needed("chdb")
    return tmp_path_factory.mktemp("clickhouse")


Store = Callable[..., None]


@pytest.fixture
def aspects(folder: Path, settings: Any, tmp_path: Path) -> Iterator[Store]:
    """`aspects(statements, table=…)`: the statements in tables as Aspects makes them, and the settings to read them."""
    settings.METAEDU_DATA_DIR = tmp_path
    settings.METAEDU_TRAINING_SOURCE = f"chdb://{folder}?database=xapi"
    client = clickhouse_connect.get_client(interface="chdb", path=str(folder))
    for database in ("xapi", "event_sink"):
        client.command(f"DROP DATABASE IF EXISTS {database}")
        client.command(f"CREATE DATABASE {database}")
    client.command(
        "CREATE TABLE xapi.xapi_events_all (event_id UUID, emission_time DateTime64(6), event String)"
        " ENGINE = ReplacingMergeTree ORDER BY (emission_time, event_id) PRIMARY KEY (emission_time, event_id)"
    )
    client.command(
        "CREATE TABLE event_sink.external_id (external_user_id UUID, external_id_type String, username String,"
        " user_id Int32, dump_id UUID, time_last_dumped String)"
        " ENGINE = ReplacingMergeTree ORDER BY (external_user_id, time_last_dumped)"
    )

    def store(some: list[dict[str, Any]], *, table: str = statements.RAW, known: bool = True) -> None:
        moments = [datetime.fromisoformat(one["timestamp"]) for one in some]
        rows = [[one["id"], moment, json.dumps(one)] for one, moment in zip(some, moments, strict=True)]
        if rows:
            client.insert("xapi.xapi_events_all", rows, column_names=["event_id", "emission_time", "event"])
        if known:
            dump = "0249d75f-6dc4-5020-be59-0d829d61e806"
            people = [[external_id(user), "xapi", f"user{user}", user, dump, "2026"] for user in (7, 8, 9)]
            client.insert("event_sink.external_id", people)
        if table == statements.PARSED:
            client.command(_parsed())

    yield store
    client.close()


def _parsed() -> str:
    """The columns that dbt derives, in its order of rows."""
    return """
        CREATE TABLE xapi.xapi_events_all_parsed
        ENGINE = ReplacingMergeTree ORDER BY (org, course_id, verb_id, actor_id, emission_time, event_id) AS
        SELECT event_id, JSONExtractString(event, 'verb', 'id') AS verb_id,
            JSONExtractString(event, 'actor', 'account', 'name') AS actor_id,
            JSONExtractString(event, 'object', 'id') AS object_id,
            JSONExtractString(event, 'context', 'contextActivities', 'parent', 1, 'id') AS course_id,
            'Owl' AS org, emission_time, event
        FROM xapi.xapi_events_all
    """


def own(settings: Any) -> list[CourseData]:
    """The data set of the own tables."""
    for row in HAPPENED:
        capture.ingest(events=[events.in_process(row)], source="test")
    dataset.refresh(source="own")
    return dataset.load(source="own")


def same(left: CourseData, right: CourseData, *, names: bool = True) -> None:
    """Equal in all that a training sees."""
    assert (left.key, left.items, left.skills) == (right.key, right.items, right.skills)
    assert len(left.sequences) == len(right.sequences)
    pairs = zip(left.sequences, right.sequences, strict=True)
    if not names:
        pairs = zip(*(sorted(c.sequences, key=lambda s: s.time.tolist()) for c in (left, right)), strict=True)
    for one, other in pairs:
        assert not names or one.learner == other.learner
        for name in ("item", "correct", "score", "hints", "attempt", "seconds", "time"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=f"{left.key} {name}")


@pytest.mark.parametrize("table", [statements.RAW, statements.PARSED])
def test_aspects_and_the_own_tables_give_the_same_data_set(
    said: list[dict[str, Any]], aspects: Store, settings: Any, table: str
) -> None:
    aspects(said, table=table)
    here = own(settings)
    assert dataset.refresh() == Response.objects.count() == 14
    there = dataset.load()
    assert [course.key for course in there] == [events.COURSE, OTHER] == [course.key for course in here]
    for left, right in zip(here, there, strict=True):
        same(left, right)
    seven = next(s for s in there[0].sequences if s.learner == capture.learner_for(user_id=7))
    assert [there[0].items[i].rpartition("@")[2] for i in seven.item] == [
        "add1#2_1",
        "add1#2_1",
        "add2#2_1",
        "add2#3_1",
        "add2#4_1",
        "add3#2_1",
        "add_2_1#2_1",
    ]
    assert seven.correct.tolist() == [0, 1, 1, 0, 1, 0, 1]
    assert seven.score.tolist() == [0, 1, 1, 0, 1, 0.5, 1]
    assert seven.hints.tolist() == [0, 2, 0, 0, 0, 0, 0]
    assert seven.seconds.tolist() == [180, 15, 120, 120, 120, 60, -1]


def test_without_personal_data_actors_become_pseudonyms(
    said: list[dict[str, Any]], aspects: Store, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    aspects(said, known=False)
    here = own(settings)
    dataset.refresh()
    there = dataset.load()
    for left, right in zip(here, there, strict=True):
        same(left, right, names=False)
    names = {s.learner for course in there for s in course.sequences}
    assert not names & {s.learner for course in here for s in course.sequences}
    assert all(len(name) == 32 for name in names)
    assert not names & {str(external_id(user)) for user in (7, 8, 9)}
    assert "cannot be told from their platform users" in caplog.text


@pytest.fixture
def server(said: list[dict[str, Any]], tmp_path: Path) -> Iterator[int]:
    """Port of ClickHouse's HTTP interface, with all that was said in Aspects' table."""
    command = [sys.executable, "-m", "tests.training.clickhouse_server", str(tmp_path / "server")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdin and running.stdout
        running.stdin.write(json.dumps(said))
        running.stdin.close()
        yield int(running.stdout.readline())
        running.terminate()


def test_a_server_is_asked_over_http(server: int, settings: Any, tmp_path: Path) -> None:
    settings.METAEDU_DATA_DIR = tmp_path
    settings.METAEDU_TRAINING_SOURCE = f"clickhouse://ch_admin:p%40ss%3Aword@127.0.0.1:{server}/xapi"
    here = own(settings)
    assert dataset.refresh() == 14
    for left, right in zip(here, dataset.load(), strict=True):
        same(left, right, names=False)
    settings.METAEDU_TRAINING_SOURCE = f"clickhouse://ch_admin:wrong@127.0.0.1:{server}/xapi"
    with pytest.raises(TrainingError, match=r"does not answer as it should.*AUTHENTICATION_FAILED"):
        dataset.refresh()


def test_statements_that_are_stored_twice_count_once(said: list[dict[str, Any]], aspects: Store) -> None:
    aspects(said)
    aspects(said)
    assert dataset.refresh() == 14


def written() -> dict[str, int]:
    """When the part of each course was written, in nanoseconds."""
    kept = parts.Parts(of="aspects")
    return {kept.state(part)[0]: Path(part.path).stat().st_mtime_ns for part in kept.all()}


def test_what_has_not_changed_is_not_written_again(said: list[dict[str, Any]], aspects: Store) -> None:
    aspects(said[:-1])
    first = dataset.refresh()
    before = written()
    assert set(before) == {events.COURSE, OTHER}
    assert dataset.refresh() == first
    assert written() == before

    aspects(said[-1:])  # of somebody new, in the other course
    assert dataset.refresh() == first + 1
    after = written()
    assert after[events.COURSE] == before[events.COURSE]
    assert after[OTHER] > before[OTHER]

    capture.choose(user_id=8, course=events.COURSE, wanted=capture.Chosen(feedback=False, answers=False))
    assert dataset.refresh() == first + 1 - 5
    assert written()[OTHER] == after[OTHER]

    assert parts.Parts().all() == []
    assert dataset.compact() == first + 1 - 5
    assert all(moment > after[course] for course, moment in written().items())


def test_a_course_that_is_gone_from_aspects_goes(said: list[dict[str, Any]], aspects: Store, folder: Path) -> None:
    aspects(said)
    assert dataset.refresh() == 14
    client = clickhouse_connect.get_client(interface="chdb", path=str(folder))
    client.command(
        f"ALTER TABLE xapi.xapi_events_all DELETE WHERE position(event, '{OTHER}') > 0 SETTINGS mutations_sync = 1"
    )
    client.close()
    assert dataset.refresh() == 12
    assert [course.key for course in dataset.load()] == [events.COURSE]


def test_the_one_part_of_an_earlier_release_is_replaced(said: list[dict[str, Any]], aspects: Store) -> None:
    aspects(said)
    kept = parts.Parts(of="aspects")
    kept.write(first=1, last=20, rows=[(1, OTHER, "x", "y", True, 1.0, 1, 0, None, None)], state="14:…")
    assert dataset.refresh() == 14
    assert set(written()) == {events.COURSE, OTHER}


def test_who_was_retired_or_keeps_their_answers_is_left_out(said: list[dict[str, Any]], aspects: Store) -> None:
    aspects(said)
    keeps = capture.Chosen(feedback=False, answers=False)
    capture.choose(user_id=7, course=events.COURSE, wanted=keeps)
    capture.forget(user_id=8, for_good=True)
    dataset.refresh()
    there = {course.key: [s.learner for s in course.sequences] for course in dataset.load()}
    assert set(there) == {OTHER}
    assert set(there[OTHER]) == {capture.learner_for(user_id=user) for user in (7, 9)}


def test_a_change_of_mind_takes_effect_although_aspects_did_not_change(
    said: list[dict[str, Any]], aspects: Store
) -> None:
    aspects(said)
    assert dataset.refresh() == 14
    capture.forget(user_id=8, for_good=True)
    assert dataset.refresh() == 9
    everywhere = capture.Chosen(feedback=False, answers=False, everywhere=True)
    capture.choose(user_id=7, course=events.COURSE, wanted=everywhere)
    assert dataset.refresh() == 1


def test_an_empty_aspects_says_what_to_do(aspects: Store) -> None:
    aspects([])
    assert dataset.refresh() == 0
    with pytest.raises(NotEnoughData, match="Aspects holds no answers yet"):
        gather(Options())


def test_the_command_says_where_the_answers_come_from(
    said: list[dict[str, Any]], aspects: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    aspects(said)
    call_command("metaedu_export_data", "--source", "aspects")
    assert "14 responses" in capsys.readouterr().out
    call_command("metaedu_export_data", "--source", "own")
    assert "0 responses" in capsys.readouterr().out


def test_the_material_of_a_run_tells_its_source(said: list[dict[str, Any]], aspects: Store, settings: Any) -> None:
    aspects(said)
    dataset.refresh()
    assert base.told() == "aspects"
    assert base.told("own") == "own"
    settings.METAEDU_TRAINING_SOURCE = ""
    assert base.told() == "own"
    assert parse({"source": "own"}).source == "own"
    with pytest.raises(TrainingError, match="source must be one of own, aspects"):
        parse({"source": "a spreadsheet"})


def test_a_run_trains_on_aspects_and_tells_so(aspects: Store, folder: Path, settings: Any) -> None:
    """From the platform's events to the gate."""
    draw = np.random.default_rng(1)
    happened = [
        events.answered(user, f"item{item}", [kind], minute=10 * user + item)
        for user in range(100, 130)
        for item in range(8)
        for kind in ["correct" if draw.random() < 0.3 + 0.05 * item else "incorrect"]
    ]
    aspects(statements_of(happened), known=False)
    options = {"epochs": 1, "batches": 2, "simulated": 0, "simulated_unseen": 0, "attempts": 1, "specialise": False}
    run = registry.request_training(options=options, by="test", queue=False)
    outcome = pipeline.run(run)
    row = registry.run(id=run)
    assert row is not None and row.state == "done"
    data = outcome.metrics["data"]
    assert data["source"] == "aspects"
    (version,) = [info for info in registry.versions() if info.name == outcome.version]
    assert bundle.read_manifest(Path(version.path)).data.origin.startswith("captured by Aspects")
    assert data["responses"] + data["held_out_responses"] == len(happened)
    assert Response.objects.count() == 0
    assert str(folder) not in f"{row}{outcome}"


def test_a_database_without_statements_says_so(aspects: Store, settings: Any, folder: Path) -> None:
    settings.METAEDU_TRAINING_SOURCE = f"chdb://{folder}?database=event_sink"
    with pytest.raises(TrainingError, match=r"no table event_sink\.xapi_events_all"):
        dataset.refresh()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("clickhouse://user:secret@127.0.0.1:1/xapi", "does not answer as it should"),
        ("clickhouses://user:secret@127.0.0.1:1/xapi", "does not answer as it should"),
        ("http://127.0.0.1/xapi", "is no address"),
        ("clickhouse://127.0.0.1/xapi; DROP", "is no address"),
        ("aspects", "is no address"),
    ],
)
def test_an_address_that_leads_nowhere_is_told_without_its_password(settings: Any, address: str, said: str) -> None:
    settings.METAEDU_TRAINING_SOURCE = address
    with pytest.raises(CommandError, match=said) as told:
        call_command("metaedu_export_data")
    assert "secret" not in str(told.value)


def test_aspects_without_its_address_says_what_is_missing(settings: Any) -> None:
    settings.METAEDU_TRAINING_SOURCE = ""
    with pytest.raises(CommandError, match="METAEDU_TRAINING_SOURCE"):
        call_command("metaedu_export_data", "--source", "aspects")
