"""The worker's side, in the peers' environment: imports nothing of the project.

`sequences.py` (responses and codes), then one module a peer: `bkt.py`; `deep.py` with `trainer.py` and `networks.py`
(DKT, AKT); `vtirt.py`; `psikt.py`.
"""
