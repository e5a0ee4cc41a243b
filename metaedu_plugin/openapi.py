"""How endpoints are documented: by drf-spectacular, also on a platform whose own schemas are made by another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular import utils
from drf_spectacular.openapi import AutoSchema

Method = TypeVar("Method", bound=Callable[..., Any])


def extend_schema(**what: Any) -> Callable[[Method], Method]:
    """`drf_spectacular.utils.extend_schema`, which alone would extend the platform's DEFAULT_SCHEMA_CLASS."""

    def decorate(method: Method) -> Method:
        method.kwargs = {"schema": AutoSchema}  # type: ignore[attr-defined]
        return utils.extend_schema(**what)(method)

    return decorate
