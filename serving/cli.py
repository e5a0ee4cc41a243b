"""`metaedu-serving`: the engine as a process of its own, on Granian."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from serving import bundle
from serving.engine import Engine
from serving.errors import BundleError, ServingError
from serving.http import Application
from serving.model import Model
from serving.prior import PriorModel
from serving.stores import open_store

BUNDLE, STORE = "METAEDU_SERVING_BUNDLE", "METAEDU_SERVING_STORE"


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until stopped. Returns 2, with the reason on standard error, when there is nothing to serve."""
    options = _parser().parse_args(arguments)
    try:
        model = _model(options.bundle)
        store = open_store(options.store)
        store.ping()
    except ServingError as error:
        return _refused(str(error))
    if options.workers > 1 and not store.shared:
        return _refused(f"{options.store} is not shared by {options.workers} processes; use sqlite:/// or redis://")
    store.close()
    try:
        from granian import Granian  # noqa: PLC0415 - the one thing here that an LMS process does not have
        from granian.constants import Interfaces  # noqa: PLC0415
    except ImportError:
        return _refused("granian is not installed; pip install 'metaedu[serving]'")
    # The workers are processes of their own, and build their own engine of what they find here.
    os.environ[BUNDLE], os.environ[STORE] = options.bundle or "", options.store
    print(f"serving {model.name} on http://{options.host}:{options.port}", file=sys.stderr, flush=True)
    server = Granian(
        "serving.cli:application",
        factory=True,
        interface=Interfaces.ASGI,
        address=options.host,
        port=options.port,
        workers=options.workers,
        log_access=False,
    )
    try:
        server.serve()
    except RuntimeError as error:  # of Granian: the reason, then a stack of its own
        why = str(error).partition("\n")[0]
        return _refused(f"{options.host}:{options.port}: {why}; choose another --host or --port, or stop what is there")
    return 0


def application() -> Application:
    """The application of one worker, of what `main` left in the environment."""
    return Application(Engine(_model(os.environ.get(BUNDLE)), open_store(os.environ.get(STORE) or "memory://")))


def _model(directory: str | None) -> Model:
    """The bundle, or what ships; the prior where that does not load, because without a bundle serving must start."""
    if directory:
        return bundle.load(directory)
    try:
        return bundle.shipped()
    except BundleError as error:
        print(f"metaedu-serving: the shipped model does not load, the prior answers: {error}", file=sys.stderr)
        return PriorModel()


def _refused(why: str) -> int:
    print(f"metaedu-serving: {why}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="metaedu-serving", description="Answer for learners over HTTP.")
    parser.add_argument("--bundle", default=os.environ.get(BUNDLE), help="directory of the bundle; without, what ships")
    parser.add_argument(
        "--store", default=os.environ.get(STORE, "memory://"), help="memory://, sqlite:///path, redis://…"
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--workers", type=int, default=1)
    return parser


if __name__ == "__main__":
    sys.exit(main())
