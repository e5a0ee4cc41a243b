"""MLServer with a runtime of our own, no parallel workers: it infers by its own protocol, and answers by a handler."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response
from mlserver import MLModel
from mlserver.handlers import custom_handler
from mlserver.types import InferenceRequest, InferenceResponse, ResponseOutput

from bench.serving.peers import work


class Runtime(MLModel):
    async def load(self) -> bool:
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        given = [{"name": each.name, "shape": each.shape, "data": each.data.root} for each in payload.inputs]
        outputs = [ResponseOutput(datatype="FP32", **each) for each in work.infer({"inputs": given})["outputs"]]
        return InferenceResponse(model_name=self.name, outputs=outputs)

    @custom_handler(rest_path="/answer")
    async def answer(self, request: Request) -> Response:
        import orjson  # noqa: PLC0415 - of MLServer's own dependencies

        told: Any = work.answer(orjson.loads(await request.body()))
        return Response(orjson.dumps(told), media_type="application/json")
