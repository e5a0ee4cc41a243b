"""Traces, where OpenTelemetry's own variables say where they go: OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SERVICE_NAME, …"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import Any, Final, cast

from serving.errors import ServingError

ENDPOINT: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"
Asgi = Callable[..., Awaitable[None]]


def traced(application: Asgi) -> Asgi:
    """The application with a span for each request, child of the caller's (W3C traceparent); itself without endpoint.

    Raises ServingError when there is an endpoint and OpenTelemetry is not installed.
    """
    if not os.environ.get(ENDPOINT):
        return application
    try:
        from opentelemetry import trace  # noqa: PLC0415 - for those who want traces
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError as error:
        raise ServingError(
            f"{ENDPOINT} is set, and {error.name} is not installed: pip install 'metaedu[traces]'"
        ) from error
    name = os.environ.get("OTEL_SERVICE_NAME", "metaedu-serving")
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    inner: Any = application
    return cast(
        Asgi,
        OpenTelemetryMiddleware(
            inner,
            tracer_provider=provider,
            excluded_urls="healthz,readyz,metrics",
            exclude_spans=["receive", "send"],
        ),
    )
