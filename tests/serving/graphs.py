"""A bundle of two tiny closed-form graphs: vectors are (count, correct, sum of scores) everywhere."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import onnx.parser

from serving import bundle
from serving.graphs import session
from serving.model import Dims
from serving.schema import OBSERVE_OUTPUTS, PREDICT_OUTPUTS

DIMS = Dims(3, 3, 3)
CONTEXT = """float[B,3] learner, float[B,S,3] skills, float[B,S] skill_mask, float[B,3] item, float[B,2] elapsed,
 float[B,S] skill_elapsed, float[B,2] course_item, float[B,S,2] course_skills, float[B,2] course_total"""

PREDICT = """<ir_version: 9, opset_import: ["" : 17]>
predict (CONTEXT) => (float[B] probability, float[B] concentration)
<int64[1] one = {1}, int64[1] two = {2}, int64[1] zero = {0}, float four = {4.0}, float base = {2.6}>
{
    mask = Unsqueeze(skill_mask, two)
    masked = Mul(skills, mask)
    own = ReduceSum<keepdims = 0>(masked, one)
    count_ = Slice(own, zero, one, one)
    correct_ = Slice(own, one, two, one)
    count = Squeeze(count_, one)
    correct = Squeeze(correct_, one)
    concentration = Add(count, four)
    successes = Add(correct, base)
    probability = Div(successes, concentration)
}"""

OBSERVE = """<ir_version: 9, opset_import: ["" : 17]>
observe (CONTEXT, float[B,5] outcome) => (float[B,3] learner_next, float[B,S,3] skills_next, float[B,3] item_next)
<int64[1] one = {1}, int64[1] two = {2}, float[3] count = {1.0, 0.0, 0.0},
 float[5,3] weights = {0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0}>
{
    told = MatMul(outcome, weights)
    added = Add(told, count)
    learner_next = Add(learner, added)
    item_next = Add(item, added)
    each = Unsqueeze(added, one)
    mask = Unsqueeze(skill_mask, two)
    masked = Mul(each, mask)
    skills_next = Add(skills, masked)
}"""


def graph(text: str) -> bytes:
    return onnx.parser.parse_model(text.replace("CONTEXT", CONTEXT)).SerializeToString()


GRAPHS = {"predict": graph(PREDICT), "observe": graph(OBSERVE)}
DATA = bundle.DataFacts(fingerprint="f" * 64, courses=1, learners=2, responses=3, origin="simulated")


def inputs(size: int = 2, width: int = 2) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    shapes = {
        "learner": (size, 3),
        "skills": (size, width, 3),
        "skill_mask": (size, width),
        "item": (size, 3),
        "elapsed": (size, 2),
        "skill_elapsed": (size, width),
        "course_item": (size, 2),
        "course_skills": (size, width, 2),
        "course_total": (size, 2),
    }
    return {name: rng.random(shape).astype(np.float32) for name, shape in shapes.items()}


def golden(graphs: dict[str, bytes] | None = None) -> dict[str, bundle.GoldenCase]:
    graphs = graphs or GRAPHS
    cases = {}
    for name, outputs in (("predict", PREDICT_OUTPUTS), ("observe", OBSERVE_OUTPUTS)):
        feed = inputs()
        if name == "observe":
            feed["outcome"] = np.array([[1, 1, 0, 5, 1], [0, 0.5, 2, -1, 3]], np.float32)
        got = session(graphs[name]).run(outputs, feed)
        cases[name] = bundle.GoldenCase(
            inputs={key: value.tolist() for key, value in feed.items()},
            outputs={key: value.tolist() for key, value in zip(outputs, got, strict=True)},
        )
    return cases


def make(directory: Path, name: str = "tiny-1", **changes: object) -> Path:
    fields = {"dims": DIMS, "graphs": GRAPHS, "golden": golden(), "card": "# tiny", "data": DATA} | changes
    bundle.write(directory / name, name=name, created=datetime(2026, 1, 2, tzinfo=UTC), **fields)
    return directory / name
