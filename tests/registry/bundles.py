"""Tiny bundles: graphs that count, and predict one probability for everything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from serving import bundle, schema
from serving.bundle import DataFacts, GoldenCase, write
from serving.graphs import session
from serving.model import Dims

SHIPPED = (str(json.loads((bundle.SHIPPED / schema.MANIFEST).read_text())["name"]), "shipped")
"""Who answers until there is a champion: version and source."""
DIMS = Dims(4, 4, 4, 1)
SHAPES: dict[str, list[str | int]] = {
    "learner": ["B", 4],
    "skills": ["B", "S", 4],
    "skill_mask": ["B", "S"],
    "item": ["B", 4],
    "elapsed": ["B", 2],
    "skill_elapsed": ["B", "S"],
    "course_item": ["B", 5],
    "course_skills": ["B", "S", 5],
    "course_total": ["B", 5],
    "course_vector": ["B", 1],
    "outcome": ["B", 5],
}


def make(folder: Path, name: str, *, probability: float = 0.6) -> Path:
    """Write a bundle that always predicts `probability`."""
    graphs = {"predict": _predict(probability), "observe": _observe(probability)}
    sizes = {"B": 2, "S": 1}
    context = {
        name: np.ones([sizes[length] if isinstance(length, str) else length for length in SHAPES[name]], np.float32)
        for name in schema.CONTEXT
    }
    outcome = {"outcome": np.array([[1, 1, 0, 5, 1], [0, 0, 1, 9, 2]], np.float32)}
    golden = {}
    for graph, outputs in (("predict", schema.PREDICT_OUTPUTS), ("observe", schema.OBSERVE_OUTPUTS)):
        given = context if graph == "predict" else context | outcome
        answers = session(graphs[graph]).run(list(outputs), given)
        golden[graph] = GoldenCase(
            inputs={key: value.tolist() for key, value in given.items()},
            outputs={key: value.tolist() for key, value in zip(outputs, answers, strict=True)},
        )
    write(
        folder / name,
        name=name,
        dims=DIMS,
        graphs=graphs,
        golden=golden,
        card="A test.",
        data=DataFacts(fingerprint="0", courses=1, learners=1, responses=1, origin="simulated"),
    )
    return folder / name


def _model(
    nodes: list[onnx.NodeProto], inputs: tuple[str, ...], outputs: Mapping[str, list[str | int]], **constants: object
) -> bytes:
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, SHAPES[name]) for name in inputs],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def _told(probability: float) -> tuple[list[onnx.NodeProto], dict[str, object]]:
    nodes = [
        helper.make_node("ReduceSum", ["learner", "axis"], ["seen"], keepdims=0),
        helper.make_node("Mul", ["seen", "zero"], ["nothing"]),
        helper.make_node("Add", ["nothing", "p"], ["probability"]),
        helper.make_node("Add", ["seen", "two"], ["concentration"]),
    ]
    f = np.float32
    return nodes, {"axis": np.array([1]), "zero": f(0), "p": f(probability), "two": f(2)}


def _predict(probability: float) -> bytes:
    nodes, constants = _told(probability)
    return _model(nodes, schema.PREDICT_INPUTS, {"probability": ["B"], "concentration": ["B"]}, **constants)


def _observe(probability: float) -> bytes:
    told, constants = _told(probability)
    nodes = [
        *told,
        helper.make_node("Slice", ["outcome", "start", "end", "axis"], ["correct"]),
        helper.make_node("Mul", ["correct", "zero"], ["none"]),
        helper.make_node("Add", ["none", "one"], ["ones"]),
        helper.make_node("Concat", ["ones", "correct"], ["answer"], axis=1),
        helper.make_node("Concat", ["none", "none"], ["nones"], axis=1),
        helper.make_node("Slice", ["item", "start", "end", "axis"], ["before"]),
        helper.make_node("Greater", ["before", "zero"], ["again"]),
        helper.make_node("Where", ["again", "nones", "answer"], ["first"]),
        helper.make_node("Where", ["again", "answer", "nones"], ["later"]),
        helper.make_node("Concat", ["first", "later"], ["counted"], axis=1),
        helper.make_node("Add", ["learner", "counted"], ["learner_next"]),
        helper.make_node("Add", ["item", "counted"], ["item_next"]),
        helper.make_node("Unsqueeze", ["counted", "axis"], ["wide"]),
        helper.make_node("Unsqueeze", ["skill_mask", "last"], ["mask"]),
        helper.make_node("Mul", ["wide", "mask"], ["masked"]),
        helper.make_node("Add", ["skills", "masked"], ["skills_next"]),
    ]
    constants |= {"start": np.array([0]), "end": np.array([1]), "last": np.array([2]), "one": np.float32(1)}
    outputs: dict[str, list[str | int]] = {
        "probability": ["B"],
        "concentration": ["B"],
        "learner_next": ["B", 4],
        "skills_next": ["B", "S", 4],
        "item_next": ["B", 4],
    }
    return _model(nodes, schema.OBSERVE_INPUTS, outputs, **constants)
