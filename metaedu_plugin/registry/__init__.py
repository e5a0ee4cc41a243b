"""Which model: versions, the gate, promotion and rollback; and who answers now.

Read in this order: `versions` and `shelf` (a bundle is taken in), `comparison` and `gate` (is it better?), `gateway/`
(the engine of the champion or of the shipped model, a serving process, or the prior), `runs` (trainings), `operator/`
(the page). Others use `api` alone.
"""
