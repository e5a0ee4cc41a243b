"""Strong peers from their own packages, each in a process and an environment apart from the project's.

`environment.py` makes that environment, `external.py` is the `Method` that runs `worker.py` in it, `models/` is what
the worker imports.
"""

from bench.day_one.peers.external import METHODS

__all__ = ["METHODS"]
