"""To the learner: feedback, the next action, a plan.

Read in this order: `receivers` and `observe` (every captured response reaches the engine; `states` and `marks` see to
it that none is missed, `replay` makes up for a new version), `kept` (feedback of the last answer), `feedback` and
`guidance` (what is asked for), `sentences` (reason codes in words), `rest/` and `pages` (who asks).
"""
