"""Events in: what learners answer becomes responses.

Read in this order: `backend` (the platform hands an event over), `receive` (personal fields dropped, one line to the
`spool`), `drain` and `drainer` (spool to rows, in the background), `reading` and `events/` (what an event says),
`ingest`, `before` (hints and gaps) and `store` (rows, each once; signal `responses_captured`), `dead` (what was not
understood). Files of the past come in by `importing/`. Others use `api` alone.
"""
