"""The OpenAPI document of the service, from the structs that it decodes and encodes."""

from __future__ import annotations

import inspect
import json
import sys
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

import msgspec

from serving.requests import METHODS, Problem, Reply
from serving.service.inference import InferRequest, InferResponse
from serving.tutor import Tutor
from serving.types import CourseMap

REFUSALS = {
    "400": "The body is not what it should be.",
    "401": "No token, or one that is not accepted.",
    "403": "A token for other courses.",
    "413": "The body is too large.",
    "429": "More is asked than can be answered: come again after `Retry-After` seconds.",
    "503": "The store, the model or the time was not there.",
}


@cache
def document() -> dict[str, Any]:
    """OpenAPI 3.1."""
    replies = {name: Reply[get_type_hints(getattr(Tutor, name))["return"]] for name in METHODS}  # type: ignore[misc]
    types = [*METHODS.values(), *replies.values(), Problem, InferRequest, InferResponse, CourseMap]
    schemas, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    schema = dict(zip(types, schemas, strict=True))
    for body in METHODS.values():  # a course map travels as it was written, see `serving.requests`
        fields = components[body.__name__]
        if "course_map" in fields["properties"]:
            needed = "course_map" in fields["required"]
            either = schema[CourseMap] if needed else {"anyOf": [{"type": "null"}, schema[CourseMap]]}
            fields["properties"]["course_map"] = either

    def post(about: str, body: type, reply: Any, name: str) -> dict[str, Any]:
        return {
            "post": {
                "operationId": name,
                "summary": about,
                "security": [{"token": []}, {}],
                "parameters": [
                    _header("x-request-id", "Comes back, and stands in the log."),
                    _header("x-deadline-ms", "Milliseconds in which its turn must come."),
                ],
                "requestBody": {"required": True, "content": _json(schema[body])},
                "responses": {"200": {"description": "The answer.", "content": _json(schema[reply])}, **refusals},
            }
        }

    def get(about: str, name: str, **responses: str) -> dict[str, Any]:
        told = {"200": "Yes.", **responses}
        answers = {status.strip("_"): {"description": said} for status, said in told.items()}
        return {"get": {"operationId": name, "summary": about, "responses": answers}}

    refusals = {status: {"description": about, "content": _json(schema[Problem])} for status, about in REFUSALS.items()}
    paths = {
        f"/v1/{name}": post(_about(getattr(Tutor, name)), body, replies[name], name) for name, body in METHODS.items()
    }
    for graph in ("predict", "observe"):
        about = f"The {graph} graph as it is, by the Open Inference Protocol."
        paths[f"/v2/models/{graph}/infer"] = post(about, InferRequest, InferResponse, f"infer_{graph}")
        paths[f"/v2/models/{graph}"] = get("Its inputs and outputs.", f"metadata_{graph}", _401=REFUSALS["401"])
    paths["/healthz"] = get("Whether the process is alive.", "healthz")
    paths["/readyz"] = get("Whether it can answer.", "readyz", _503=REFUSALS["503"])
    paths["/metrics"] = get("Figures for Prometheus.", "metrics")
    paths["/v1/model"] = get("The model that answers.", "model", _401=REFUSALS["401"])
    return {
        "openapi": "3.1.0",
        "info": {"title": "metaedu serving", "version": "1", "description": "Tutoring answers over HTTP."},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _about(method: Any) -> str:
    return inspect.getdoc(method) or ""


def _json(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _header(name: str, about: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "description": about, "schema": {"type": "string"}}


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(document(), indent=2) + "\n")
