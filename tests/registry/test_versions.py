from __future__ import annotations

from pathlib import Path

import pytest

from metaedu_plugin.registry import api, gate
from metaedu_plugin.registry.models import ModelVersion
from serving.errors import BundleError
from tests.registry.bundles import make
from tests.registry.comparisons import draw
from tests.registry.conftest import Registered

pytestmark = pytest.mark.django_db(transaction=True)


def roles() -> dict[str, str]:
    return {version.name: version.role for version in api.versions()}


def test_a_bundle_is_copied_in_and_waits_as_candidate(data_dir: Path, tmp_path: Path) -> None:
    source = make(tmp_path / "made", "v1")
    version = api.register(bundle=source, metrics={"table": []})
    assert (version.name, version.role) == ("v1", "candidate")
    assert Path(version.path) == data_dir / "models" / "v1"
    (source / "manifest.json").write_text("changed afterwards")
    assert api.promote(version="v1", by="op", reason="first").role == "champion"
    assert [entry.action for entry in api.log()] == ["promote", "register"]


def test_a_refused_bundle_leaves_nothing_and_the_champion_stays(
    data_dir: Path, tmp_path: Path, registered: Registered
) -> None:
    registered("v1")
    api.promote(version="v1", by="op", reason="first")
    source = make(tmp_path / "made", "v2")
    graph = source / "predict/1/model.onnx"
    graph.write_bytes(graph.read_bytes()[:-1] + b"x")
    with pytest.raises(BundleError, match="again"):
        api.register(bundle=source, metrics={})
    assert roles() == {"v1": "champion"}
    assert [path.name for path in (data_dir / "models").iterdir()] == ["v1"]


def test_a_name_is_taken_once(registered: Registered, data_dir: Path, tmp_path: Path) -> None:
    registered("v1", probability=0.6)
    before = (data_dir / "models/v1/predict/1/model.onnx").read_bytes()
    with pytest.raises(api.RegistryError, match="new name"):
        api.register(bundle=make(tmp_path / "other", "v1", probability=0.9), metrics={})
    assert (data_dir / "models/v1/predict/1/model.onnx").read_bytes() == before


def test_what_a_killed_process_left_is_replaced(data_dir: Path, registered: Registered) -> None:
    (data_dir / "models/v1").mkdir(parents=True)
    (data_dir / "models/v1/manifest.json").write_text("half")
    registered("v1")
    assert api.promote(version="v1", by="op", reason="first").name == "v1"


def test_the_gate_promotes_retires_and_refuses(registered: Registered) -> None:
    for name in ("v1", "v2", "v3", "v4"):
        registered(name)
    assert api.decide(version="v1", comparison=draw(better_by=0.1, reference="Elo"), by="training").promote
    assert api.decide(version="v2", comparison=draw(better_by=0.1, reference="v1"), by="training").promote
    assert not api.decide(version="v3", comparison=draw(better_by=-0.1, reference="v2"), by="training").promote
    few = api.decide(version="v4", comparison=draw(better_by=0.1, reference="v2", learners=8), by="training")
    assert few.reason == gate.NOT_ENOUGH_DATA
    assert roles() == {"v1": "retired", "v2": "champion", "v3": "refused", "v4": "candidate"}
    stored = ModelVersion.objects.get(name="v3").decision
    assert stored["reason"] == gate.WORSE
    assert stored["figures"]["low"] > 0
    assert ("not passed", "v3", gate.WORSE) in [(e.action, e.version, e.reason) for e in api.log()]


def test_asking_the_gate_again_after_it_promoted_changes_nothing(registered: Registered) -> None:
    registered("v1")
    comparison = draw(better_by=0.1, reference="Elo")
    first = api.decide(version="v1", comparison=comparison, by="training")
    assert api.decide(version="v1", comparison=comparison, by="training") == first
    assert roles() == {"v1": "champion"}


def test_a_candidate_whose_bundle_broke_is_refused(registered: Registered, data_dir: Path) -> None:
    registered("v1")
    (data_dir / "models/v1/observe/1/model.onnx").unlink()
    decision = api.decide(version="v1", comparison=draw(better_by=0.1, reference="Elo"), by="training")
    assert (decision.promote, decision.reason) == (False, gate.BUNDLE_BROKEN)
    assert api.champion() is None
    with pytest.raises(api.RegistryError, match="missing"):
        api.promote(version="v1", by="op", reason="anyway", override=True)


def test_a_refused_version_needs_override(registered: Registered) -> None:
    registered("v1")
    api.decide(version="v1", comparison=draw(better_by=-0.2, reference="Elo"), by="training")
    with pytest.raises(api.RegistryError, match="override"):
        api.promote(version="v1", by="op", reason="I know better")
    assert api.promote(version="v1", by="op", reason="I know better", override=True).role == "champion"


def test_rollback_goes_back_step_by_step_and_never_to_what_was_withdrawn(registered: Registered) -> None:
    for name in ("v1", "v2", "v3"):
        registered(name)
        api.promote(version=name, by="op", reason="next")
    assert api.rollback(by="op", reason="bad").name == "v2"
    assert api.rollback(by="op", reason="bad too").name == "v1"
    with pytest.raises(api.RegistryError, match="no earlier version"):
        api.rollback(by="op", reason="and now")
    assert roles() == {"v1": "champion", "v2": "retired", "v3": "retired"}


def test_rollback_skips_a_version_that_no_longer_loads(registered: Registered, data_dir: Path) -> None:
    for name in ("v1", "v2", "v3"):
        registered(name)
        api.promote(version=name, by="op", reason="next")
    (data_dir / "models/v2/golden.json").write_text("{}")
    assert api.rollback(by="op", reason="bad").name == "v1"


def test_promotions_and_rollbacks_are_told_after_the_commit(registered: Registered) -> None:
    told: list[tuple[str, str | None]] = []

    def listen(version: api.VersionInfo, previous: str | None, **_: object) -> None:
        told.append((version.name, previous))

    api.promoted.connect(listen)
    try:
        for name in ("v1", "v2"):
            registered(name)
            api.promote(version=name, by="op", reason="next")
        api.rollback(by="op", reason="bad")
    finally:
        api.promoted.disconnect(listen)
    assert told == [("v1", None), ("v2", "v1"), ("v1", "v2")]


def test_a_listener_that_fails_does_not_undo_a_promotion(registered: Registered) -> None:
    def listen(**_: object) -> None:
        raise RuntimeError("another app's bug")

    registered("v1")
    api.promoted.connect(listen)
    try:
        api.promote(version="v1", by="op", reason="next")
    finally:
        api.promoted.disconnect(listen)
    assert roles() == {"v1": "champion"}


def test_unknown_versions_are_errors(registered: Registered) -> None:
    with pytest.raises(api.RegistryError, match="no version nine"):
        api.promote(version="nine", by="op", reason="x")
    registered("v1")
    api.promote(version="v1", by="op", reason="x")
    with pytest.raises(api.RegistryError, match="already"):
        api.promote(version="v1", by="op", reason="x")


def test_a_link_follows_the_champion(registered: Registered, data_dir: Path) -> None:
    link = data_dir / "champion"
    for version in ("v1", "v2"):
        registered(version)
        api.promote(version=version, by="op", reason="better")
        assert link.resolve() == data_dir / "models" / version
    api.rollback(by="op", reason="worse")
    assert link.resolve() == data_dir / "models" / "v1"
    assert [path.name for path in data_dir.glob(".champion*")] == []
