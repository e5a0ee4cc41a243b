import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from serving import bundle
from serving.bundle import BundleError
from serving.schema import GRAPHS, MANIFEST
from tests.serving import graphs
from tests.serving.graphs import PREDICT, graph, make


def edit_manifest(directory: Path, change: Callable[[dict], object]) -> None:
    manifest = json.loads((directory / MANIFEST).read_text())
    change(manifest)
    (directory / MANIFEST).write_text(json.dumps(manifest))


def rewrite(directory: Path, path: str, content: bytes) -> None:
    """Changes a file so that only its content, not its checksum, is wrong."""
    (directory / path).write_bytes(content)
    edit_manifest(directory, lambda m: m["files"].update({path: hashlib.sha256(content).hexdigest()}))


def refusal(directory: Path) -> str:
    with pytest.raises(BundleError) as error:
        bundle.load(directory)
    return str(error.value)


def test_what_is_written_loads_and_predicts(tmp_path: Path) -> None:
    loaded = bundle.load(make(tmp_path, metrics={"auc": 0.8}, calibration={"ece": 0.02}))
    assert (loaded.name, loaded.source, loaded.dims) == ("tiny-1", "model", graphs.DIMS)
    assert loaded.manifest.metrics == {"auc": 0.8}
    assert loaded.manifest.data == graphs.DATA
    from serving.bundle.checks import empty_context

    assert loaded.predict(empty_context(loaded.dims, 2, 1))[0].tolist() == pytest.approx([0.65, 0.65])


def test_is_laid_out_as_a_triton_repository_with_nothing_else_around(tmp_path: Path) -> None:
    directory = make(tmp_path)
    files = {str(p.relative_to(directory)) for p in directory.rglob("*") if p.is_file()}
    assert files == {*GRAPHS.values(), "manifest.json", "golden.json", "card.md"}
    assert [p.name for p in tmp_path.iterdir()] == ["tiny-1"]


@pytest.mark.parametrize("path", [*GRAPHS.values(), "golden.json", "card.md"])
def test_a_changed_byte_is_refused(tmp_path: Path, path: str) -> None:
    directory = make(tmp_path)
    content = bytearray((directory / path).read_bytes())
    content[len(content) // 2] ^= 1
    (directory / path).write_bytes(content)
    assert path in refusal(directory)


@pytest.mark.parametrize("path", [*GRAPHS.values(), "golden.json", "card.md", "manifest.json"])
def test_a_missing_file_is_refused(tmp_path: Path, path: str) -> None:
    directory = make(tmp_path)
    (directory / path).unlink()
    assert f"{path} is missing" in refusal(directory)


def test_another_schema_version_is_refused_even_when_all_else_is_new(tmp_path: Path) -> None:
    directory = make(tmp_path)
    (directory / MANIFEST).write_text('{"schema_version": 2, "something": "new"}')
    assert "schema version 2" in refusal(directory)


def test_fields_of_a_later_release_are_ignored(tmp_path: Path) -> None:
    directory = make(tmp_path)
    edit_manifest(directory, lambda m: m.update(later={"a": 1}))
    assert bundle.load(directory).name == "tiny-1"


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff\xfe", b'{"schema_version": 1}'])
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, raw: bytes) -> None:
    directory = make(tmp_path)
    (directory / MANIFEST).write_bytes(raw)
    assert "export the bundle again" in refusal(directory)


@pytest.mark.parametrize("path", ["../outside", "/etc/passwd", "a/../../outside", "C:\\x", "..\\x", ""])
def test_a_path_that_leads_out_is_refused(tmp_path: Path, path: str) -> None:
    directory = make(tmp_path)
    (tmp_path / "outside").write_bytes(b"secret")
    edit_manifest(directory, lambda m: m["files"].update({path: hashlib.sha256(b"secret").hexdigest()}))
    assert "outside of itself" in refusal(directory)


def test_a_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    directory = make(tmp_path)
    (tmp_path / "outside").write_bytes(b"secret")
    (directory / "link").symlink_to(tmp_path / "outside")
    edit_manifest(directory, lambda m: m["files"].update(link=hashlib.sha256(b"secret").hexdigest()))
    assert "leads out" in refusal(directory)


@pytest.mark.parametrize("share", [0, 0.5, 0.99])
def test_truncated_onnx_is_refused(tmp_path: Path, share: float) -> None:
    directory = make(tmp_path)
    content = (directory / GRAPHS["predict"]).read_bytes()
    rewrite(directory, GRAPHS["predict"], content[: int(len(content) * share)])
    assert "ONNX Runtime cannot load it" in refusal(directory)


def test_other_golden_outputs_are_refused(tmp_path: Path) -> None:
    directory = make(tmp_path)
    golden = json.loads((directory / "golden.json").read_bytes())
    golden["predict"]["outputs"]["probability"][0] += 1e-4
    rewrite(directory, "golden.json", json.dumps(golden).encode())
    assert "does not reproduce its golden 'probability'" in refusal(directory)


@pytest.mark.parametrize("raw", [b"{}", b"[]", b"{", b'{"predict": {"inputs": {"learner": "x"}, "outputs": {}}}'])
def test_golden_cases_that_are_none_are_refused(tmp_path: Path, raw: bytes) -> None:
    directory = make(tmp_path)
    rewrite(directory, "golden.json", raw)
    refusal(directory)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("float[B,2] course_total", "float[B,2] totals", "inputs are"),
        ("float[B,S] skill_elapsed, ", "", "inputs are"),
        ("float[B] probability,", "float[B] chance,", "outputs are"),
        ("float[B,3] learner", "float[B,4] learner", "'learner' is tensor(float)"),
        ("float[B,2] elapsed", "float[1,2] elapsed", "'elapsed' is tensor(float)"),
        ("float[B,2] elapsed", "int64[B,2] elapsed", "'elapsed' is tensor(int64)"),
    ],
)
def test_another_signature_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    directory = make(tmp_path)
    text = PREDICT.replace("CONTEXT", graphs.CONTEXT).replace(old, new)
    if "chance" in new:
        text = text.replace("probability = Div", "chance = Div")
    rewrite(directory, GRAPHS["predict"], graph(text))
    assert said in refusal(directory)


def test_other_dims_than_the_manifests_are_refused(tmp_path: Path) -> None:
    directory = make(tmp_path)
    edit_manifest(directory, lambda m: m["dims"].update(skill=5))
    assert "'skills' is tensor(float)" in refusal(directory)


def test_graphs_that_do_not_keep_the_own_counts_are_refused(tmp_path: Path) -> None:
    directory = make(tmp_path)
    rewrite(directory, GRAPHS["observe"], graph(graphs.OBSERVE.replace("{1.0, 0.0, 0.0}", "{2.0, 0.0, 0.0}")))
    assert "own count" in refusal(directory)


def test_graphs_that_answer_with_no_number_are_refused(tmp_path: Path) -> None:
    directory = make(tmp_path)
    rewrite(directory, GRAPHS["predict"], graph(PREDICT.replace("base = {2.6}", "base = {inf}")))
    assert "no number" in refusal(directory)


@pytest.mark.parametrize("name", ["", "../x", "a/b", "a b", ".hidden", "x" * 65])
def test_a_name_that_cannot_be_part_of_paths_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BundleError, match="name"):
        bundle.write(
            tmp_path / "b",
            name=name,
            dims=graphs.DIMS,
            graphs=graphs.GRAPHS,
            golden=graphs.golden(),
            card="",
            data=graphs.DATA,
        )


def test_a_bundle_never_changes(tmp_path: Path) -> None:
    directory = make(tmp_path)
    before = (directory / MANIFEST).read_bytes()
    with pytest.raises(BundleError, match="exists"):
        make(tmp_path, card="another")
    assert (directory / MANIFEST).read_bytes() == before


def test_a_bundle_that_would_be_refused_is_not_written(tmp_path: Path) -> None:
    golden = graphs.golden()
    golden["predict"].outputs["probability"] = np.zeros(2).tolist()
    with pytest.raises(BundleError, match="golden"):
        make(tmp_path, golden=golden)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["../x", "/x"])
def test_an_extra_file_cannot_be_written_outside(tmp_path: Path, path: str) -> None:
    with pytest.raises(BundleError):
        make(tmp_path, extra={path: b""})
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    """A limit on the size of files is to a process what a full disk is: the write fails half-way."""
    program = """
import resource, sys
from pathlib import Path
from serving.bundle import BundleError
from tests.serving.graphs import make
resource.setrlimit(resource.RLIMIT_FSIZE, (700, 700))
try:
    make(Path(sys.argv[1]))
except BundleError as error:
    print(error)
"""
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"}
    told = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "bundles")], capture_output=True, text=True, env=env, check=True
    )
    assert "make room" in told.stdout
    assert list((tmp_path / "bundles").iterdir()) == []
