"""The model's graphs by the Open Inference Protocol v2, as Triton, KServe and MLServer speak it.

Whoever wants the raw model, without states and tutoring, asks here; and a bundle's directory, being a valid Triton
model repository, can be served by one of those at the same addresses instead.
https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
import numpy as np

from serving.engine import Engine
from serving.graphs import Graph, GraphModel
from serving.model import Model
from serving.service.refusal import Refusal

VERSION: Final = "1"
"""Of a graph in a bundle: a bundle is immutable, and the parameter `metaedu_version` names the one that serves."""
DATATYPE: Final = "FP32"
PLATFORM: Final = "onnxruntime_onnx"


class Tensor(msgspec.Struct, kw_only=True):
    """An input or output; `data` flat in row-major order, or nested."""

    name: str
    shape: list[int]
    datatype: str = DATATYPE
    parameters: dict[str, Any] | None = None
    data: list[Any]


class Wanted(msgspec.Struct, kw_only=True):
    """An output that is asked for."""

    name: str
    parameters: dict[str, Any] | None = None


class InferRequest(msgspec.Struct, kw_only=True):
    """Body of `infer`."""

    id: str | None = None
    inputs: list[Tensor]
    outputs: list[Wanted] | None = None
    parameters: dict[str, Any] | None = None


class InferResponse(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What `infer` answers."""

    model_name: str
    model_version: str
    id: str | None = None
    parameters: dict[str, Any]
    outputs: list[Tensor]


_decode = msgspec.json.Decoder(InferRequest).decode


def find(method: str, path: str, engine: Engine, ready: Callable[[], object]) -> Callable[[bytes], object]:
    """What answers at an address under /v2, given the body. Raises Refusal for an address that there is not."""
    parts = path.strip("/").split("/")[1:]
    match parts:
        case []:
            return lambda _: {"name": "metaedu-serving", "version": VERSION, "extensions": []}
        case ["health", "live"]:
            return lambda _: {"live": True}
        case ["health", "ready"]:
            return lambda _: (ready(), {"ready": True})[1]
        case ["models", name, *rest]:
            return _of_graph(method, name, rest, engine)
    raise _missing()


def _of_graph(method: str, name: str, rest: list[str], engine: Engine) -> Callable[[bytes], object]:
    if rest[:1] == ["versions"]:
        if rest[1:2] != [VERSION]:
            raise Refusal(404, "not_found", f"a graph has version {VERSION} alone")
        rest = rest[2:]
    model, graphs = engine.model, _graphs(engine.model)
    if name not in graphs:
        raise Refusal(404, "not_found", f"{model.name} has no graph {name!r}; it has {', '.join(graphs) or 'none'}")
    match method, rest:
        case "GET", []:
            return lambda _: _metadata(name, graphs[name])
        case "GET", ["ready"]:
            return lambda _: {"name": name, "ready": True}
        case "POST", ["infer"]:
            return lambda body: _infer(name, graphs[name], model.name, body)
    raise _missing()


def _graphs(model: Model) -> Mapping[str, Graph]:
    inner = getattr(model, "model", model)
    return inner.graphs if isinstance(inner, GraphModel) else {}


def _missing() -> Refusal:
    return Refusal(404, "not_found", "no such address of the Open Inference Protocol")


def _metadata(name: str, graph: Graph) -> object:
    def told(ends: Mapping[str, tuple[int, ...]]) -> list[object]:
        return [{"name": end, "datatype": DATATYPE, "shape": list(shape)} for end, shape in ends.items()]

    about = {"name": name, "versions": [VERSION], "platform": PLATFORM}
    return about | {"inputs": told(graph.inputs), "outputs": told(graph.outputs)}


def _infer(name: str, graph: Graph, version: str, body: bytes) -> object:
    try:
        request = _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal(400, "bad_request", f"the body is no inference request: {error}") from error
    inputs, outputs = graph.inputs, graph.outputs
    given = {tensor.name: tensor for tensor in request.inputs}
    if given.keys() != inputs.keys() or len(given) != len(request.inputs):
        raise Refusal(400, "bad_request", f"the inputs of {name} are {', '.join(inputs)}, each once")
    wanted = [each.name for each in request.outputs] if request.outputs else list(outputs)
    if unknown := set(wanted) - outputs.keys():
        raise Refusal(400, "bad_request", f"{name} has no output {', '.join(sorted(unknown))}")
    feed = {end: _array(given[end], shape) for end, shape in inputs.items()}
    try:
        told = dict(zip(outputs, graph.run(feed), strict=True))
    except Exception as error:  # ONNX Runtime's exceptions share no base class of their own
        raise Refusal(400, "bad_request", "these shapes do not go together") from error
    return InferResponse(
        model_name=name,
        model_version=VERSION,
        id=request.id,
        parameters={"metaedu_version": version},
        outputs=[Tensor(name=each, shape=list(told[each].shape), data=told[each].ravel().tolist()) for each in wanted],
    )


def _array(tensor: Tensor, shape: tuple[int, ...]) -> np.ndarray[Any, np.dtype[np.float32]]:
    fits = len(shape) == len(tensor.shape) and all(
        have >= 0 and want in {-1, have} for want, have in zip(shape, tensor.shape, strict=True)
    )
    if tensor.datatype != DATATYPE or not fits:
        raise Refusal(
            400, "bad_request", f"{tensor.name} is to be {DATATYPE} of shape {list(shape)}, -1 for any length"
        )
    try:
        # Checked before it is laid out: a shape is a claim, the data are what there is.
        flat = np.asarray(tensor.data, np.float32).ravel()
        return flat.reshape(tensor.shape)
    except (ValueError, TypeError, OverflowError) as error:
        raise Refusal(400, "bad_request", f"{tensor.name}: its data are not {tensor.shape} numbers") from error
