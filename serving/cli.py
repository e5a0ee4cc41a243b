"""`metaedu-serving`: the engine as a process of its own, on Granian.

Workers are processes that share nothing but the store. What the command line says reaches them by the environment.
"""

from __future__ import annotations

import argparse
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

BUNDLE, FOLLOW = "METAEDU_SERVING_BUNDLE", "METAEDU_SERVING_FOLLOW"
STORE, KEYS = "METAEDU_SERVING_STORE", "METAEDU_SERVING_KEYS"
CANDIDATE, SHARE = "METAEDU_SERVING_CANDIDATE", "METAEDU_SERVING_SHARE"
CANARY, SEEN = "METAEDU_SERVING_CANARY", "METAEDU_SERVING_SEEN"
MOST, DEADLINE, LOOK = "METAEDU_SERVING_MOST", "METAEDU_SERVING_DEADLINE", "METAEDU_SERVING_LOOK"


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
    told = {BUNDLE: options.bundle, FOLLOW: options.follow, STORE: options.store, KEYS: options.keys}
    told |= {CANDIDATE: options.candidate, SHARE: options.share, CANARY: options.canary, SEEN: options.seen}
    told |= {MOST: options.most, DEADLINE: options.deadline, LOOK: options.look}
    os.environ.update({variable: str(value or "") for variable, value in told.items()})
    if options.workers > 1:  # their figures come together in one folder
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="metaedu-serving-")
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
    told = os.environ
    engine = Engine(_model(told.get(BUNDLE)), open_store(told.get(STORE) or "memory://"))
    metrics = Metrics()
    beside = None
    if told.get(CANDIDATE):
        other = Engine(bundle.load(told[CANDIDATE]), engine.store)
        seen = Path(told[SEEN]) if told.get(SEEN) else None
        beside = Beside(other, engine, share=float(told[SHARE]), answers=bool(told.get(CANARY)), log=seen)
    served = Application(
        engine,
        most=int(told[MOST]),
        deadline=float(told[DEADLINE]),
        keys=Keys(told[KEYS]) if told.get(KEYS) else None,
        follower=Follower(told[FOLLOW], engine, metrics.loaded) if told.get(FOLLOW) else None,
        beside=beside,
        every=float(told[LOOK]),
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
    parser.add_argument("--bundle", default=os.environ.get(BUNDLE), help="directory of the bundle; without, what ships")
    parser.add_argument(
        "--follow", default=os.environ.get(FOLLOW), help="link to the champion, taken up whenever it is set to another"
    )
    parser.add_argument(
        "--store", default=os.environ.get(STORE, "memory://"), help="memory://, sqlite:///path, redis://…"
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--workers", type=int, default=1, help="processes; more than one need a shared store")
    parser.add_argument("--keys", default=os.environ.get(KEYS), help="JSON file of the tokens' keys, {name: secret}")
    parser.add_argument(
        "--candidate", default=os.environ.get(CANDIDATE), help="bundle that looks on beside the champion"
    )
    parser.add_argument("--share", type=float, default=0.1, help="of the learners, for the candidate")
    parser.add_argument("--seen", default=os.environ.get(SEEN), help="file for the candidate's predictions, JSON lines")
    parser.add_argument(
        "--canary", action="store_true", help="the candidate answers its share until it fails or is slow"
    )
    parser.add_argument("--open", action="store_true", help="without keys: whoever reaches the port may ask")
    parser.add_argument(
        "--most", type=int, default=256, help="requests of a worker that wait; others are refused (429)"
    )
    parser.add_argument("--deadline", type=float, default=1.0, help="seconds in which a request's turn must come")
    parser.add_argument("--look", type=float, default=2.0, help="seconds between two looks for a new bundle")
    return parser


if __name__ == "__main__":
    sys.exit(main())
