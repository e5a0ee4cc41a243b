"""The exported graphs say what the network says, at any size, on whole learners; and a bundle can be made of them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import safetensors.torch
import torch
from torch import nn

from metaedu_plugin.training.course import Course
from metaedu_plugin.training.data import CourseData
from metaedu_plugin.training.evaluation.replay import replay
from metaedu_plugin.training.evaluation.rows import flatten
from metaedu_plugin.training.export import Exported, ExportError, export, golden_examples, to_onnx
from metaedu_plugin.training.following import logits
from metaedu_plugin.training.networks import tracer as network
from metaedu_plugin.training.simulator import simulate_courses
from metaedu_plugin.training.vectors import Vectors, course_table
from metaedu_plugin.training.writing import captured, write
from serving import bundle, schema
from serving.model import Context


@pytest.fixture(scope="module")
def tracer() -> network.Tracer:
    torch.manual_seed(3)
    fresh = network.Tracer()
    for parameter in fresh.parameters():
        nn.init.normal_(parameter, 0.0, 0.3)
    return fresh.eval()


@pytest.fixture(scope="module")
def exported(tracer) -> Exported:
    """Exporting takes ten seconds: all share this one."""
    return export(tracer)


@pytest.fixture(scope="module")
def made(exported, tmp_path_factory) -> bundle.Bundle:
    return write_one(exported, tmp_path_factory.mktemp("made") / "one")


def write_one(exported: Exported, place: Path, **more) -> bundle.Bundle:
    facts = {"fingerprint": "x", "courses": ["c"], "learners": 1, "responses": 1, "simulated_courses": 1}
    how = {"metrics": {}, "data": captured(facts), "facts": facts, "made": {"seed": 3}}
    return bundle.load(write(place, "one", exported, **how, **more))


def several_skills() -> CourseData:
    return next(d for d in simulate_courses(60, 1) if max(map(len, d.item_skills)) > 1 and not d.anonymous.any())


def no_skills_and_retries() -> CourseData:
    """Every item is tried again and again, some items have no skill, and no time is known."""
    data = next(d for d in simulate_courses(60, 2) if not d.anonymous.any())
    tags = [tagged[:0] if n % 2 else tagged for n, tagged in enumerate(data.item_skills)]
    again = [replace(s, item=s.item[np.arange(len(s)) // 3 * 3], time=np.full(len(s), -1.0)) for s in data.sequences]
    again = [replace(s, attempt=1 + np.arange(len(s), dtype=np.float32) % 3) for s in again]
    return replace(data, item_skills=tags, sequences=again)


def some_times_unknown() -> CourseData:
    data = several_skills()
    rng = np.random.default_rng(0)
    moments = [np.where(rng.random(len(s)) < 0.3, -1.0, 60.0 * np.arange(len(s)) + 1e6) for s in data.sequences]
    return replace(data, sequences=[replace(s, time=t) for s, t in zip(data.sequences, moments, strict=True)])


@pytest.mark.parametrize("with_vectors", [False, True])
@pytest.mark.parametrize("data", [several_skills, no_skills_and_retries, some_times_unknown])
def test_whole_learners_replayed_agree_with_pytorch(tracer, exported, tmp_path, data, with_vectors):
    """Through the engine's own contexts and both graphs, as PyTorch says it of the whole sequences."""
    course = Course(data())
    query, others = np.arange(12), np.arange(12, len(course))
    vectors = Vectors(course)
    tables = None
    if with_vectors:
        torch.manual_seed(0)
        for table in vectors.parameters():
            nn.init.normal_(table, 0.0, 0.5)
        tables = {course.data.key: course_table(course, vectors)}
    expected = 1 / (1 + np.exp(-logits(tracer, course, query, course.counts(others), vectors=vectors)))
    made = write_one(exported, tmp_path / "one", courses=tables)
    told = replay(made, flatten(course.only(query).data), flatten(course.only(others).data))
    assert len(told) > 150
    assert expected.std() > 0.05
    differs = np.abs(told - expected)
    # What shares a submission is predicted before any of it is seen, here and not there: such rows are passed over.
    rows = flatten(course.only(query).data)
    alone = rows.seen == np.arange(len(rows)) - np.searchsorted(rows.learner, rows.learner)
    assert alone.mean() > 0.5
    assert differs[alone].max() <= 1e-5


def test_the_observe_graph_predicts_as_the_predict_graph_does(exported):
    predict, observe = (onnxruntime.InferenceSession(exported.graphs[name]) for name in ("predict", "observe"))
    inputs = exported.golden["observe"]["inputs"]
    context = {name: inputs[name] for name in schema.CONTEXT}
    told, seen = predict.run(list(schema.PREDICT_OUTPUTS), context), observe.run(list(schema.PREDICT_OUTPUTS), inputs)
    assert all(np.abs(one - other).max() <= 1e-6 for one, other in zip(told, seen, strict=True))


def test_sizes_stay_dynamic(made):
    for pairs, skills in ((1, 1), (3, 4), (500, 2)):
        rng = np.random.default_rng(pairs)
        inputs = {
            "learner": (pairs, made.dims.learner),
            "skills": (pairs, skills, made.dims.skill),
            "skill_mask": (pairs, skills),
            "item": (pairs, made.dims.item),
            "elapsed": (pairs, 2),
            "skill_elapsed": (pairs, skills),
            "course_item": (pairs, 5),
            "course_skills": (pairs, skills, 5),
            "course_total": (pairs, 5),
            "course_vector": (pairs, made.dims.vector),
        }
        arrays = {name: rng.random(inputs[name]).astype(np.float32) for name in schema.CONTEXT}
        for name, array in arrays.items():
            if name in {"learner", "skills", "item", "course_item", "course_skills", "course_total"}:
                # Never more right answers than answers.
                array[..., :4] = np.sort(array[..., :4])[..., [2, 0, 3, 1]]

        probability, concentration = made.model.predict(Context(**arrays))
        assert probability.shape == concentration.shape == (pairs,)
        assert ((probability >= 0) & (probability <= 1)).all() and (concentration >= 1).all()


def test_the_card_and_the_manifest_are_in_the_bundle(made):
    card = (made.directory / schema.CARD).read_text()
    assert "one" in card and "not** made for grading" in card
    assert made.manifest.schema_version == schema.VERSION
    assert (made.directory / "predict" / "1" / "model.onnx").stat().st_size < 5_000_000


def test_the_weights_are_in_the_bundle_as_data(tracer, made):
    weights = safetensors.torch.load(bundle.weights(made.directory))
    assert weights.keys() == tracer.state_dict().keys()
    assert all(torch.equal(weights[name], value) for name, value in tracer.state_dict().items())


def test_golden_examples_are_met_in_a_replay(tracer):
    examples = golden_examples(tracer)
    assert examples["observe"].keys() == {*schema.OBSERVE_INPUTS}
    assert (examples["predict"]["learner"][:, 0] > 5).any(), "some after several responses"
    assert (examples["predict"]["skill_mask"].sum(1) > 1).any(), "some with two skills"
    assert (examples["predict"]["item"][:, 2] > 0).any(), "some that come again"
    assert examples["predict"]["course_vector"].any(1).all(), "all of a course that was trained on"


def test_a_graph_that_differs_is_refused(tracer, monkeypatch):
    class Off(network.PredictGraph):
        def forward(self, *inputs):
            probability, concentration = super().forward(*inputs)
            return probability + (1e-3 if torch.compiler.is_compiling() else 0.0), concentration

    monkeypatch.setattr("metaedu_plugin.training.export.PredictGraph", Off)
    with pytest.raises(ExportError, match="predict graph differs"):
        export(tracer)


def test_a_graph_is_onnx_that_anybody_can_load(tracer):
    inputs = golden_examples(tracer)["predict"]
    session = onnxruntime.InferenceSession(
        to_onnx(network.PredictGraph(tracer), inputs, schema.PREDICT_OUTPUTS), providers=["CPUExecutionProvider"]
    )
    assert [i.name for i in session.get_inputs()] == list(schema.PREDICT_INPUTS)
