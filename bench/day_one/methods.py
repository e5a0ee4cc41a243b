"""All methods by name. Each comes from a module with `METHODS`; one whose libraries are not installed is left out."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module

from bench.day_one.method import Method

MODULES = ("bench.day_one.light", "bench.day_one.peers", "bench.day_one.ours", "bench.day_one.families")


def _found() -> dict[str, Callable[[], Method]]:
    methods: dict[str, Callable[[], Method]] = {}
    for module in MODULES:
        try:
            methods |= getattr(import_module(module), "METHODS", {})
        except ModuleNotFoundError as missing:
            print(f"without {module}: no {missing.name}", file=sys.stderr)
    return methods


METHODS: dict[str, Callable[[], Method]] = _found()
