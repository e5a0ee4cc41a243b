import hashlib
import io
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serving import bundle
from serving.bundle import BundleError
from serving.bundle.manifest import COURSES
from serving.schema import GRAPHS, MANIFEST, VERSION
from serving.vectors import CourseTable, pack
from tests.serving import graphs
from tests.serving.graphs import CONSTANTS, PREDICT, graph, make


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


@pytest.mark.parametrize("version", [1, 2, 4])
def test_another_schema_version_is_refused_even_when_all_else_is_new(tmp_path: Path, version: int) -> None:
    directory = make(tmp_path)
    (directory / MANIFEST).write_text(f'{{"schema_version": {version}, "something": "old"}}')
    assert f"schema version {version}, this release serves version 3" in refusal(directory)


def test_fields_of_a_later_release_are_ignored(tmp_path: Path) -> None:
    directory = make(tmp_path)
    edit_manifest(directory, lambda m: m.update(later={"a": 1}))
    assert bundle.load(directory).name == "tiny-1"


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff\xfe", b'{"schema_version": %d}' % VERSION])
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
        ("float[B,5] course_total", "float[B,5] totals", "inputs are"),
        ("float[B,S] skill_elapsed, ", "", "inputs are"),
        ("float[B] probability,", "float[B] chance,", "outputs are"),
        ("float[B,5] learner", "float[B,4] learner", "'learner' is tensor(float)"),
        ("float[B,5] course_item", "float[B,4] course_item", "'course_item' is tensor(float)"),
        ("float[B,S,5] course_skills", "float[B,S,4] course_skills", "'course_skills' is tensor(float)"),
        ("float[B,5] course_total", "float[B,4] course_total", "'course_total' is tensor(float)"),
        ("float[B,2] elapsed", "float[1,2] elapsed", "'elapsed' is tensor(float)"),
        ("float[B,2] elapsed", "int64[B,2] elapsed", "'elapsed' is tensor(int64)"),
    ],
)
def test_another_signature_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    directory = make(tmp_path)
    text = PREDICT.replace("CONTEXT", graphs.CONTEXT).replace("TOLD", graphs.TOLD).replace(old, new)
    if "chance" in new:
        text = text.replace("probability = Add", "chance = Add")
    rewrite(directory, GRAPHS["predict"], graph(text))
    assert said in refusal(directory)


def test_other_dims_than_the_manifests_are_refused(tmp_path: Path) -> None:
    directory = make(tmp_path)
    edit_manifest(directory, lambda m: m["dims"].update(skill=6))
    assert "'skills' is tensor(float)" in refusal(directory)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("counts = {1.0, 0.0}", "counts = {2.0, 0.0}"),
        ("Where(again, answer, nothing)", "Where(again, nothing, answer)"),
        ("Where(again, nothing, answer)", "Add(answer, nothing)"),
    ],
)
def test_graphs_that_do_not_keep_the_own_counts_are_refused(tmp_path: Path, old: str, new: str) -> None:
    directory = make(tmp_path)
    rewrite(directory, GRAPHS["observe"], graph(graphs.OBSERVE.replace(old, new)))
    assert "own count" in refusal(directory)


def test_graphs_that_predict_differently_are_refused(tmp_path: Path) -> None:
    directory = make(tmp_path)
    rewrite(directory, GRAPHS["observe"], graph(graphs.OBSERVE.replace("CONSTANTS", CONSTANTS.replace("2.6", "2.5"))))
    assert "do not predict the same" in refusal(directory)


@pytest.mark.parametrize("dims", [{"learner": 3}, {"skill": 3}, {"item": 3}, {"vector": 0}])
def test_vectors_that_have_no_room_are_refused(tmp_path: Path, dims: dict[str, int]) -> None:
    directory = make(tmp_path)
    edit_manifest(directory, lambda m: m["dims"].update(dims))
    assert "or more" in refusal(directory)


NONE = np.zeros((0, 2), np.float32)
TABLES = {
    "course é": CourseTable(
        np.array([5, 7], np.float32), ["i1", "i2"], np.eye(2, dtype=np.float32), ["a"], np.full((1, 2), 3, np.float32)
    ),
    "empty": CourseTable(np.array([0, 9], np.float32), [], NONE, [], NONE),
}


def test_what_was_learned_of_courses_is_written_and_loaded(tmp_path: Path) -> None:
    loaded = bundle.load(make(tmp_path, courses=TABLES))
    assert loaded.manifest.courses == ("course é", "empty")
    items, skills = loaded.vectors.lookup("course é", ["i2", "i9", "i1"], ["a", "b"])
    assert items.tolist() == [[0, 1], [0, 0], [1, 0]]
    assert skills.tolist() == [[3, 3], [0, 0]]
    for course in ("empty", "unknown"):
        items, skills = loaded.vectors.lookup(course, ["i1"], [])
        assert (items.tolist(), skills.shape) == ([[0, 0]], (0, 2))
    own = [loaded.vectors.of_course(course).tolist() for course in ("course é", "empty", "unknown")]
    assert own == [[5, 7], [0, 9], [0, 0]]


def test_the_same_vectors_give_the_same_bytes() -> None:
    assert pack(TABLES) == pack(TABLES)


@pytest.mark.parametrize(
    "table",
    [
        TABLES["course é"]._replace(course_vector=np.zeros(3, np.float32)),
        TABLES["course é"]._replace(course_vector=np.zeros((1, 2), np.float32)),
        TABLES["course é"]._replace(course_vector=np.array([np.inf, 0], np.float32)),
        TABLES["course é"]._replace(item_vectors=np.zeros((2, 3), np.float32)),
        TABLES["course é"]._replace(item_vectors=np.zeros((1, 2), np.float32)),
        TABLES["course é"]._replace(items=["i1", "i1"]),
        TABLES["course é"]._replace(skill_vectors=np.full((1, 2), np.nan, np.float32)),
    ],
)
def test_vectors_that_do_not_fit_are_not_written(tmp_path: Path, table: CourseTable) -> None:
    with pytest.raises(BundleError, match="not vectors of courses"):
        make(tmp_path, courses={"c": table})
    assert list(tmp_path.iterdir()) == []


def with_array(name: str, array: np.ndarray | None) -> bytes:
    """The file of the tables, but for one array: another, or none."""
    arrays = dict(np.load(io.BytesIO(pack(TABLES))))
    del arrays[name]
    file = io.BytesIO()
    np.savez(file, **arrays, **({} if array is None else {name: array}))
    return file.getvalue()


@pytest.mark.parametrize("content", [b"", b"PK", b"noise", pack({}), pack(TABLES)[:-30], pickle.dumps([1])])
def test_a_file_that_holds_no_vectors_is_refused(tmp_path: Path, content: bytes) -> None:
    directory = make(tmp_path, courses=TABLES)
    rewrite(directory, COURSES, content)
    assert "not vectors of courses" in refusal(directory)


@pytest.mark.parametrize("name", ["course_vector_0", "items_0", "item_vectors_0", "skills_1", "skill_vectors_1"])
@pytest.mark.parametrize("array", [None, np.array([{}], object)])
def test_a_file_without_one_of_its_arrays_or_with_objects_in_it_is_refused(
    tmp_path: Path, name: str, array: np.ndarray | None
) -> None:
    directory = make(tmp_path, courses=TABLES)
    rewrite(directory, COURSES, with_array(name, array))
    assert "not vectors of courses" in refusal(directory)


def test_vectors_that_are_missing_are_refused(tmp_path: Path) -> None:
    directory = make(tmp_path, courses=TABLES)
    edit_manifest(directory, lambda m: m["files"].pop(COURSES))
    assert f"does not list {COURSES}" in refusal(directory)


def test_graphs_that_answer_with_no_number_are_refused(tmp_path: Path) -> None:
    directory = make(tmp_path)
    rewrite(directory, GRAPHS["predict"], graph(PREDICT.replace("CONSTANTS", CONSTANTS.replace("{2.6}", "{inf}"))))
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
from serving.bundle.manifest import COURSES
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


PARTS = st.sampled_from([*GRAPHS.values(), "golden.json", MANIFEST])
"""What a bundle is made of."""


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=PARTS, at=st.floats(0, 1), junk=st.binary(max_size=40), whole=st.booleans())
def test_whatever_bytes_a_file_has_it_is_a_bundle_or_refused(
    tmp_path_factory: pytest.TempPathFactory, path: str, at: float, junk: bytes, whole: bool
) -> None:
    """Bytes in the place of others, or of everything, with a checksum that is right: no other end than these two."""
    directory = make(tmp_path_factory.mktemp("fuzzed"))
    before = (directory / path).read_bytes()
    place = int(at * len(before))
    content = junk if whole else before[:place] + junk + before[place + len(junk) :]
    if path == MANIFEST:
        (directory / path).write_bytes(content)
    else:
        rewrite(directory, path, content)
    try:
        assert bundle.load(directory).name
    except BundleError as error:
        assert "export" in str(error) or str(directory) in str(error), "it says what to do, or where"
