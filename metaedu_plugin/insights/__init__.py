"""To the instructor: what the class needs, with the evidence, and what to do.

Read in this order: `selectors` and `classroom` (responses as columns), `statistics/` (items, skills, learners),
`mastery` (what the model says), `findings/` with `thresholds` (what is worth saying), `board` (all of it together),
`views`, `rest/` and `downloads`.
"""
