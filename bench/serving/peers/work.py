"""What every peer does for a request: the same engine and the same graphs, JSON objects in and out."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from serving import bundle
from serving.engine import Engine
from serving.stores.memory import MemoryStore
from serving.types import CourseMap, Response

MODEL = bundle.shipped()
ENGINE = Engine(MODEL, MemoryStore())


def answer(body: dict[str, Any]) -> Any:
    """Observe, feedback and what is next."""
    response, course_map = msgspec.convert(body["response"], Response), msgspec.convert(body["course_map"], CourseMap)
    return msgspec.to_builtins(ENGINE.observe(response, course_map=course_map))


def infer(body: dict[str, Any]) -> dict[str, Any]:
    """The predict graph on the tensors given."""
    graph = MODEL.model.graphs["predict"]
    given = {each["name"]: np.array(each["data"], np.float32).reshape(each["shape"]) for each in body["inputs"]}
    told = zip(graph.outputs, graph.run(given), strict=True)
    return {"outputs": [{"name": name, "shape": list(a.shape), "data": a.ravel().tolist()} for name, a in told]}
