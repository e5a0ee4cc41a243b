"""The raw model by the Open Inference Protocol."""

import asyncio
import json
from typing import Any

import httpx
import numpy as np
import pytest

from serving.bundle import Bundle
from serving.engine import Engine
from serving.prior import PriorModel
from serving.schema import CONTEXT, OBSERVE_OUTPUTS, OUTCOME, PREDICT_OUTPUTS
from serving.service.application import Application
from serving.stores.memory import MemoryStore


def ask(model: object, method: str, path: str, body: object = None) -> httpx.Response:
    application = Application(Engine(model, MemoryStore()))

    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://serving") as client:
            return await client.request(method, path, json=body)

    return asyncio.run(go())


def feed(model: Bundle, graph: str, pairs: int = 3, skills: int = 2) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    shapes = model.model.graphs[graph].inputs
    over_skills = {"skills", "skill_mask", "skill_elapsed", "course_skills"}
    told = {}
    for name, shape in shapes.items():
        full = [pairs, *([skills] if name in over_skills else []), *[n for n in shape if n > 0]]
        told[name] = rng.integers(0, 3, full).astype(np.float32)
    return told


def body(arrays: dict[str, np.ndarray], nested: bool = False, **more: Any) -> dict[str, Any]:
    inputs = [
        {"name": name, "shape": list(a.shape), "datatype": "FP32", "data": (a if nested else a.ravel()).tolist()}
        for name, a in arrays.items()
    ]
    return {"inputs": inputs} | more


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("version", ["", "/versions/1"])
@pytest.mark.parametrize("graph", ["predict", "observe"])
def test_it_gives_what_the_graph_gives(model: Bundle, graph: str, version: str, nested: bool) -> None:
    arrays = feed(model, graph)
    answer = ask(model, "POST", f"/v2/models/{graph}{version}/infer", body(arrays, nested, id="7"))
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["model_name"], told["model_version"], told["id"]) == (graph, "1", "7")
    assert told["parameters"] == {"metaedu_version": model.name}
    expected = model.model.graphs[graph].run(arrays)
    names = PREDICT_OUTPUTS if graph == "predict" else OBSERVE_OUTPUTS
    assert [output["name"] for output in told["outputs"]] == list(names)
    for output, array in zip(told["outputs"], expected, strict=True):
        assert np.allclose(np.reshape(output["data"], output["shape"]), array)


def test_outputs_can_be_chosen(model: Bundle) -> None:
    asked = body(feed(model, "predict"), outputs=[{"name": "concentration"}])
    told = ask(model, "POST", "/v2/models/predict/infer", asked).json()
    assert [output["name"] for output in told["outputs"]] == ["concentration"]


def test_it_tells_what_it_takes_and_gives(model: Bundle) -> None:
    told = ask(model, "GET", "/v2/models/observe").json()
    assert told["name"] == "observe"
    assert told["platform"] == "onnxruntime_onnx"
    assert [each["name"] for each in told["inputs"]] == [*CONTEXT, OUTCOME]
    assert {each["datatype"] for each in told["inputs"]} == {"FP32"}
    assert {each["name"]: each["shape"] for each in told["inputs"]}["course_total"] == [-1, 5]
    assert [each["name"] for each in told["outputs"]] == list(OBSERVE_OUTPUTS)


@pytest.mark.parametrize("path", ["/v2", "/v2/health/live", "/v2/health/ready", "/v2/models/predict/ready"])
def test_it_is_there(model: Bundle, path: str) -> None:
    assert ask(model, "GET", path).status_code == 200


@pytest.mark.parametrize(
    "path", ["/v2/models", "/v2/models/none", "/v2/models/predict/versions/2", "/v2/models/predict/none", "/v2/none"]
)
def test_what_there_is_not_is_not_found(model: Bundle, path: str) -> None:
    assert ask(model, "GET", path).status_code == 404
    assert ask(PriorModel(), "GET", "/v2/models/predict").status_code == 404


def changed(arrays: dict[str, Any], **inputs: Any) -> dict[str, Any]:
    told = body(arrays)
    for each in told["inputs"]:
        if each["name"] == "learner":
            each.update(inputs)
    return told


@pytest.mark.parametrize(
    "change",
    [
        {"shape": [3]},
        {"shape": [3, 1000]},
        {"shape": [-3, 4]},
        {"shape": [10**9, 4]},
        {"datatype": "INT64"},
        {"data": ["a"] * 12},
        {"data": [[1], [1, 2]]},
        {"data": [None]},
        {"data": [1e400]},
        {"name": "other"},
        {"name": "item"},
    ],
)
def test_a_bad_request_is_told_so(model: Bundle, change: dict[str, Any]) -> None:
    asked = json.loads(json.dumps(changed(feed(model, "predict"), **change)).replace("Infinity", "1e400"))
    answer = ask(model, "POST", "/v2/models/predict/infer", asked if change.get("data") != [1e400] else None)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"] == "bad_request"
