"""The training's files forget whom the database has forgotten."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from metaedu_plugin.capture import api as capture
from tests.privacy.test_retirement import answers

pytest.importorskip("fsspec", reason="the training's libraries are not installed")
pq = pytest.importorskip("pyarrow.parquet", reason="the training's libraries are not installed")

from metaedu_plugin.training import dataset  # noqa: E402


def test_the_dataset_forgets_at_its_next_refresh_and_at_a_compaction(course: str, ana: User, ben: User) -> None:
    answers(ana)
    answers(ben)
    dataset.refresh()
    capture.forget(user_id=ana.pk)
    assert dataset.refresh() == 3
    assert [len(each.sequences) for each in dataset.load()] == [1]
    capture.forget(user_id=ben.pk)
    assert dataset.compact() == 0
    assert dataset.load() == []


def test_leftovers_of_a_killed_writer_do_not_outlive_the_next_refresh(
    course: str, ana: User, ben: User, tmp_path: Path
) -> None:
    learner = answers(ana)
    answers(ben)
    dataset.refresh()
    (part,) = (tmp_path / "dataset").glob("part-*.parquet")
    assert learner in map(str, pq.read_table(part)["learner"].to_pylist())
    left = part.with_name(".0123.unfinished")
    left.write_bytes(part.read_bytes())
    long_ago = timezone.now().timestamp() - 7200
    os.utime(left, (long_ago, long_ago))
    capture.forget(user_id=ana.pk)
    dataset.refresh()
    assert not left.exists()


def test_no_file_names_the_retired(course: str, ana: User, tmp_path: Path) -> None:
    learner = answers(ana)
    dataset.refresh()
    folder = tmp_path / "dataset"
    assert any(learner.encode() in path.read_bytes() for path in folder.iterdir())
    capture.forget(user_id=ana.pk, for_good=True)
    dataset.refresh()
    assert not any(learner.encode() in path.read_bytes() for path in folder.iterdir())
