"""Strong peers from their own packages, each in a process and an environment apart from the project's.

`environment.py` makes that environment, `external.py` is the `Method` that runs `worker.py` in it, `models/` is what
the worker imports.

Not here: PSI-KT (Zhou et al., ICLR 2024). Its public code (mlcolab/psi-kt, commit ecada10 of 2024-02-26) does not run:
`AmortizedPSIKT.forward` stops in `zt_transition_gen` at a name never assigned (`bsn`, psikt.py line 560); past that it
empties the results its own `loss` reads ("prediction", "elbo"), which also needs an attribute set nowhere
(`gen_network_transition_s`); and `knowledge_tracing.runner`, its training loop, cannot be imported (`pd` undefined in
runner.py). The commits before it have the same gaps in psikt.py. Mending it would compare with a model of our making.
"""

from bench.day_one.peers.external import METHODS

__all__ = ["METHODS"]
