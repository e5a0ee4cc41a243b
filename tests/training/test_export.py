"""The exported graphs say what the network says, at any size, on whole learners; and a bundle can be made of them."""

import dataclasses

import numpy as np
import onnxruntime
import pytest
import safetensors.torch
import torch
from torch import nn

from metaedu_plugin.training.episodes import Course, make_episode
from metaedu_plugin.training.evaluation.replay import replay
from metaedu_plugin.training.evaluation.rows import flatten
from metaedu_plugin.training.export import ExportError, export, golden_examples, to_onnx
from metaedu_plugin.training.in_context import predict_sequence
from metaedu_plugin.training.networks import tracer as network
from metaedu_plugin.training.simulator import simulate_courses
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
def made(tracer, tmp_path_factory) -> bundle.Bundle:
    facts = {"fingerprint": "x", "courses": ["c"], "learners": 1, "responses": 1, "simulated_courses": 1}
    place = tmp_path_factory.mktemp("made") / "one"
    folder = write(place, "one", export(tracer), metrics={}, data=captured(facts), facts=facts, made={"seed": 3})
    return bundle.load(folder)


def test_whole_learners_replayed_agree_with_pytorch(tracer, made):
    several = (data for data in simulate_courses(60, 1) if max(map(len, data.item_skills)) > 1)
    course = Course(next(several))
    query, others = course.data.sequences[:20], course.data.sequences[20:]
    length = [len(learner) for learner in query]
    episode = make_episode([(course, query, course.counts(range(20, 20 + len(others))))], longest=max(length))
    with torch.no_grad():
        expected = torch.sigmoid(predict_sequence(tracer, episode)[0].logit).numpy()
    held_out = dataclasses.replace(course.data, sequences=query)
    known = dataclasses.replace(course.data, sequences=others)
    told = replay(made, flatten(held_out), flatten(known))
    assert sum(length) > 300
    start = 0
    for row, steps in enumerate(length):
        assert np.abs(told[start : start + steps] - expected[row, :steps]).max() <= 1e-5
        start += steps


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
            "course_item": (pairs, 2),
            "course_skills": (pairs, skills, 2),
            "course_total": (pairs, 2),
        }
        arrays = [rng.random(inputs[name]).astype(np.float32) for name in schema.CONTEXT]
        probability, concentration = made.model.predict(Context(*arrays))
        assert probability.shape == concentration.shape == (pairs,)
        assert ((probability > 0) & (probability < 1)).all() and (concentration >= 1).all()


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
