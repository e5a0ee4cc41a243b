"""How good a version is for learners and courses that it never saw.

`rows` (what is to be predicted, and what may be known then) → `replay` (a bundle's predictions) and `baselines`
→ `metrics`, `bootstrap`, `bands` (figures with intervals) → `evaluate` (the table).
"""
