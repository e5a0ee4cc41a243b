"""`metaedu-serving`: the engine as a process of its own, on Granian.

Workers are processes that share nothing but the store. What the command line says reaches them by the environment.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from serving import bundle, logs
from serving.engine import Engine
from serving.errors import BundleError, ServingError
from serving.model import Model
from serving.prior import PriorModel
from serving.stores import open_store

if TYPE_CHECKING:
    from serving.service.traces import Asgi

OPTIONS: Final = "METAEDU_SERVING_OPTIONS"
"""The command line as JSON, for the workers."""
HERE: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until stopped. Returns 2, with the reason on standard error, when there is nothing to serve."""
    options = _parser().parse_args(arguments)
    try:
        name = _checked(options)
        _serve(options, name)
    except ServingError as error:
        print(f"metaedu-serving: {error}", file=sys.stderr)
        return 2
    return 0


def _checked(options: argparse.Namespace) -> str:
    """The name of the model that will serve. Raises ServingError when something that was asked for cannot be."""
    model = _model(options.bundle)
    if options.candidate:
        bundle.load(options.candidate)
    store = open_store(options.store)
    store.ping()
    store.close()
    if options.workers > 1 and not store.shared:
        raise ServingError(f"{options.store} is not shared by {options.workers} processes; use sqlite:/// or redis://")
    if not options.keys and not options.open and options.host not in HERE:
        raise ServingError(
            f"{options.host} can be reached from elsewhere: give --keys FILE, so that only who has a token may ask,"
            " or --open when whoever reaches the port may"
        )
    return model.name


def _serve(options: argparse.Namespace, name: str) -> None:
    try:
        from granian import Granian  # noqa: PLC0415 - with the next, what an LMS process does not have
        from granian.constants import Interfaces  # noqa: PLC0415

        from serving.tokens import Keys  # noqa: PLC0415
    except ImportError as error:
        raise ServingError(f"{error.name} is not installed; pip install 'metaedu[serving]'") from error
    if options.keys:
        Keys(options.keys)
    os.environ[OPTIONS] = json.dumps(vars(options))
    print(f"serving {name} on http://{options.host}:{options.port}", file=sys.stderr, flush=True)
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
        with tempfile.TemporaryDirectory(prefix="metaedu-serving-") as folder:
            if options.workers > 1:  # their figures come together in one folder
                os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
            server.serve()
    except RuntimeError as error:  # of Granian: the reason, then a stack of its own
        why = str(error).partition("\n")[0]
        raise ServingError(
            f"{options.host}:{options.port}: {why}; choose another --host or --port, or stop what is there"
        ) from error


def application() -> Asgi:
    """The application of one worker, of what `main` left in the environment."""
    from serving.service.application import Application  # noqa: PLC0415 - the command starts without
    from serving.service.beside import Beside  # noqa: PLC0415
    from serving.service.follow import Follower  # noqa: PLC0415
    from serving.service.metrics import Metrics  # noqa: PLC0415
    from serving.service.traces import traced  # noqa: PLC0415
    from serving.tokens import Keys  # noqa: PLC0415

    logs.to_stderr()
    options = argparse.Namespace(**json.loads(os.environ[OPTIONS]))
    engine = Engine(_model(options.bundle), open_store(options.store))
    metrics, beside = Metrics(), None
    if options.candidate:
        other = Engine(bundle.load(options.candidate), engine.store)
        seen = Path(options.seen) if options.seen else None
        beside = Beside(other, engine, share=options.share, answers=options.canary, log=seen)
    served = Application(
        engine,
        most=options.most,
        deadline=options.deadline,
        keys=Keys(options.keys) if options.keys else None,
        follower=Follower(options.follow, engine, metrics.loaded) if options.follow else None,
        beside=beside,
        every=options.look,
        metrics=metrics,
    )
    return traced(served)


def _model(directory: str | None) -> Model:
    """The bundle, or what ships; the prior where that does not load, because without a bundle serving must start."""
    if directory:
        return bundle.load(directory)
    try:
        return bundle.shipped()
    except BundleError as error:
        print(f"metaedu-serving: the shipped model does not load, the prior answers: {error}", file=sys.stderr)
        return PriorModel()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="metaedu-serving", description="Answer for learners over HTTP.")
    add = parser.add_argument

    def of_environment(name: str, default: str | None = None) -> str | None:
        return os.environ.get(f"METAEDU_SERVING_{name}") or default

    add("--bundle", default=of_environment("BUNDLE"), help="directory of the bundle; without, what ships")
    add("--follow", default=of_environment("FOLLOW"), help="link to the champion, taken up whenever it is set anew")
    add("--store", default=of_environment("STORE", "memory://"), help="memory://, sqlite:///path, redis://…")
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=8765)
    add("--workers", type=int, default=1, help="processes; more than one need a shared store")
    add("--keys", default=of_environment("KEYS"), help="JSON file of the tokens' keys, {name: secret}")
    add("--open", action="store_true", help="without keys: whoever reaches the port may ask")
    add("--candidate", default=of_environment("CANDIDATE"), help="bundle that looks on beside the champion")
    add("--share", type=float, default=0.1, help="of the learners, for the candidate")
    add("--seen", default=of_environment("SEEN"), help="file for the candidate's predictions, JSON lines")
    add("--canary", action="store_true", help="the candidate answers its share until it fails or is slow")
    add("--most", type=int, default=256, help="requests of a worker that wait; others are refused (429)")
    add("--deadline", type=float, default=1.0, help="seconds in which a request's turn must come")
    add("--look", type=float, default=2.0, help="seconds between two looks for a new bundle")
    return parser


if __name__ == "__main__":
    sys.exit(main())
