"""Learning: from responses to a bundle. The only place with PyTorch; workers install it, the LMS does not.

Read in this order: `tasks` and `pipeline` (a run, stage by stage), `dataset` with `parts` (responses to Parquet to
`data`), `splits` and `material` (who is trained on, who is held out), `simulator`, `episodes`, `networks/tracer` and
`in_context` (what is learned, and how), `trainer`, `export` and `writing` (two ONNX graphs, a bundle), `evaluation/`
and `judging` (how good it is, on what will be served), `adjust` (when it was not good enough), `pretrain` and
`starting` (what ships, and how a training begins with it). `meta/` holds the other meta-learners, behind one face.
"""
