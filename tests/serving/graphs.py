"""A bundle of two tiny closed-form graphs: vectors are (the own counts, sum of scores) everywhere."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import onnx.parser

from serving import bundle
from serving.bundle.checks import _shapes
from serving.graphs import session
from serving.model import Dims
from serving.schema import OBSERVE_OUTPUTS, PREDICT_OUTPUTS

DIMS = Dims(5, 5, 5, 2)
CONTEXT = """float[B,5] learner, float[B,S,5] skills, float[B,S] skill_mask, float[B,5] item, float[B,2] elapsed,
 float[B,S] skill_elapsed, float[B,5] course_item, float[B,S,5] course_skills, float[B,5] course_total,
 float[B,2] course_vector"""

TOLD = """
    mask = Unsqueeze(skill_mask, two)
    masked = Mul(skills, mask)
    own = ReduceSum<keepdims = 0>(masked, one)
    count_ = MatMul(own, counted)
    correct_ = MatMul(own, right)
    offset_ = MatMul(course_vector, offsets)
    count = Squeeze(count_, one)
    correct = Squeeze(correct_, one)
    offset = Squeeze(offset_, one)
    concentration = Add(count, four)
    successes = Add(correct, base)
    rate = Div(successes, concentration)
    probability = Add(rate, offset)
"""
CONSTANTS = """int64[1] one = {1}, int64[1] two = {2}, int64[1] zero = {0}, int64[1] three = {3}, float none = {0.0},
 float four = {4.0}, float base = {2.6}, float[5,1] counted = {1.0, 0.0, 1.0, 0.0, 0.0},
 float[5,1] right = {0.0, 1.0, 0.0, 1.0, 0.0}, float[2,1] offsets = {1.0, 0.0}"""

PREDICT = """<ir_version: 9, opset_import: ["" : 17]>
predict (CONTEXT) => (float[B] probability, float[B] concentration)
<CONSTANTS>
{TOLD}"""

OBSERVE = """<ir_version: 9, opset_import: ["" : 17]>
observe (CONTEXT, float[B,5] outcome) => (float[B] probability, float[B] concentration,
 float[B,5] learner_next, float[B,S,5] skills_next, float[B,5] item_next)
<CONSTANTS, float[1,2] counts = {1.0, 0.0}, float[5,2] weights = {0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0}>
{TOLD
    correct_only = MatMul(outcome, weights)
    answer = Add(correct_only, counts)
    tries = MatMul(item, counted)
    again = Greater(tries, none)
    nothing = Mul(answer, none)
    first = Where(again, nothing, answer)
    later = Where(again, answer, nothing)
    score = Slice(outcome, one, two, one)
    added = Concat<axis = 1>(first, later, score)
    learner_next = Add(learner, added)
    item_next = Add(item, added)
    each = Unsqueeze(added, one)
    each_masked = Mul(each, mask)
    skills_next = Add(skills, each_masked)
}"""


def graph(text: str) -> bytes:
    whole = text.replace("CONTEXT", CONTEXT).replace("CONSTANTS", CONSTANTS).replace("TOLD", TOLD)
    return onnx.parser.parse_model(whole).SerializeToString()


GRAPHS = {"predict": graph(PREDICT), "observe": graph(OBSERVE)}
DATA = bundle.DataFacts(fingerprint="f" * 64, courses=1, learners=2, responses=3, origin="simulated")


def inputs(size: int = 2, width: int = 2) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    shapes = _shapes(DIMS, size, width)
    shapes.pop("outcome")
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
