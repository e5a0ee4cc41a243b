"""What a bundle's graphs must show before they serve: signature, behaviour, golden outputs."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import numpy as np
import onnxruntime as ort

from serving.bundle.manifest import GOLDEN, GoldenCase
from serving.errors import BundleError, ModelError
from serving.graphs import GraphModel
from serving.model import Context, Dims
from serving.schema import COUNTS, COURSE_COUNTS, OBSERVE_INPUTS, OBSERVE_OUTPUTS, PREDICT_INPUTS, PREDICT_OUTPUTS

TOLERANCE: Final = 1e-5
INPUTS: Final = {"predict": PREDICT_INPUTS, "observe": OBSERVE_INPUTS}
OUTPUTS: Final = {"predict": PREDICT_OUTPUTS, "observe": OBSERVE_OUTPUTS}
AGAIN: Final = "export the bundle again with this release"


def check_signature(graph: str, session: ort.InferenceSession, dims: Dims) -> None:
    """Raises BundleError when names, types, ranks or vector lengths are not those of `serving.schema`."""
    inputs = {each.name: each for each in session.get_inputs()}
    outputs = {each.name for each in session.get_outputs()}
    if set(inputs) != set(INPUTS[graph]):
        raise BundleError(f"graph {graph!r}: inputs are {sorted(inputs)}, not {sorted(INPUTS[graph])}; {AGAIN}")
    if not outputs >= set(OUTPUTS[graph]):
        raise BundleError(f"graph {graph!r}: outputs are {sorted(outputs)}, not {sorted(OUTPUTS[graph])}; {AGAIN}")
    for name, shape in _shapes(dims).items():
        if name not in inputs:
            continue
        actual = inputs[name].shape
        fits = len(actual) == len(shape) and all(
            given == wanted if isinstance(wanted, int) and isinstance(given, int) else not isinstance(given, int)
            for given, wanted in zip(actual, shape, strict=True)
        )
        if not fits or inputs[name].type != "tensor(float)":
            got = f"{inputs[name].type} {actual}"
            raise BundleError(f"graph {graph!r}: input {name!r} is {got}, not tensor(float) {list(shape)}; {AGAIN}")


def check_behaviour(model: GraphModel) -> None:
    """Raises BundleError when the graphs do not run at any size, disagree, or do not keep the learner's own counts."""
    for size, width, again in ((1, 1, False), (3, 2, True)):
        context = empty_context(model.dims, size, width)
        if again:
            context.item[:, 0] = 1
        outcome = np.tile(np.array([[1, 1, 0, 10, 1]], np.float32), (size, 1))
        try:
            told = model.predict(context)
            after = model.observe(context, outcome)
        except ModelError as error:
            raise BundleError(f"with {size} pairs of {width} skills, {error}; {AGAIN}") from error
        if any(each.shape != (size,) for each in told):
            raise BundleError(f"graph 'predict': outputs are {[t.shape for t in told]}, not ({size},); {AGAIN}")
        wanted = (*(each.shape for each in told), context.learner.shape, context.skills.shape, context.item.shape)
        if tuple(each.shape for each in after) != wanted:
            raise BundleError(f"graph 'observe': outputs are {[a.shape for a in after]}, not {list(wanted)}; {AGAIN}")
        if not all(np.allclose(mine, other, atol=1e-4) for mine, other in zip(told, after, strict=False)):
            raise BundleError(f"graphs 'predict' and 'observe' do not predict the same; {AGAIN}")
        added = np.array([0, 0, 1, 1] if again else [1, 1, 0, 0])
        vectors = ((after.learner, context.learner), (after.skills, context.skills), (after.item, context.item))
        if not all(np.allclose((new - old)[..., :COUNTS], added, atol=1e-4) for new, old in vectors):
            raise BundleError(f"graph 'observe' does not keep the learner's own counts; {AGAIN}")


def check_golden(raw: bytes, sessions: dict[str, ort.InferenceSession]) -> None:
    """Raises BundleError when a graph does not reproduce its golden outputs within 1e-5 (relative above 1)."""
    try:
        cases = msgspec.json.decode(raw, type=dict[str, GoldenCase])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BundleError(f"{GOLDEN}: not golden cases ({error}); {AGAIN}") from error
    for graph, session in sessions.items():
        if graph not in cases:
            raise BundleError(f"{GOLDEN} has no case for graph {graph!r}; {AGAIN}")
        case = cases[graph]
        try:
            got = session.run(OUTPUTS[graph], {name: _array(value) for name, value in case.inputs.items()})
            wanted = [_array(case.outputs[name]) for name in OUTPUTS[graph]]
        except Exception as error:  # ONNX Runtime's exceptions share no base class of their own
            raise BundleError(f"graph {graph!r} does not run on its golden inputs ({error}); {AGAIN}") from error
        for name, mine, theirs in zip(OUTPUTS[graph], got, wanted, strict=True):
            if mine.shape != theirs.shape or not np.allclose(mine, theirs, rtol=TOLERANCE, atol=TOLERANCE):
                raise BundleError(
                    f"graph {graph!r} does not reproduce its golden {name!r} on this machine; "
                    "do not serve it: compare the ONNX Runtime versions of training and serving, and export again"
                )


def empty_context(dims: Dims, size: int, width: int) -> Context:
    """The context of learners that nothing is known of, in a course that nothing is known of."""
    shapes = _shapes(dims, size, width)
    shapes.pop("outcome")
    fill = {"skill_mask": 1.0, "elapsed": -1.0, "skill_elapsed": -1.0}
    return Context(**{name: np.full(shape, fill.get(name, 0.0), np.float32) for name, shape in shapes.items()})


def _array(value: Any) -> Any:
    return np.asarray(value, dtype=np.float32)


def _shapes(dims: Dims, size: Any = "B", width: Any = "S") -> dict[str, tuple[Any, ...]]:
    return {
        "learner": (size, dims.learner),
        "skills": (size, width, dims.skill),
        "skill_mask": (size, width),
        "item": (size, dims.item),
        "elapsed": (size, 2),
        "skill_elapsed": (size, width),
        "course_item": (size, COURSE_COUNTS),
        "course_skills": (size, width, COURSE_COUNTS),
        "course_total": (size, COURSE_COUNTS),
        "course_vector": (size, dims.vector),
        "outcome": (size, 5),
    }
