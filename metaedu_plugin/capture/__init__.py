"""Events in: what learners answer becomes responses.

Read in this order: `backend` (the platform hands an event over), `receive` (personal fields dropped, one line to the
`spool`), `drain` and `drainer` (spool to rows, in the background), `reading` and `events/` (what an event says),
`ingest`, `before` (hints and gaps), `validity` (resets and rescores) and `store` (rows, each once; signals
`responses_captured`, `responses_invalidated`), `dead` (what was not understood). Besides the backend, `openedx`
connects the platform's signals and the event bus to `hearing`, `xapi` takes statements of other systems, and files of
the past come in by `importing/`. Others use `api` alone.
"""
