"""To the instructor: what the class needs, with the evidence, and what to do.

Read in this order: `selectors` (who waits for what), `reading`, `columns` and `files` (responses as columns),
`classroom`, `statistics/` (items, skills, learners), `mastery` (what the model says), `findings/` with `thresholds`
(what is worth saying), `board` (all of it together), `views` with `presentation` and `roll` (the class list), `pages/`
(what lies behind the page), `rest/` and `downloads/`.
"""
