"""Day one: how well each method knows a new course and a new learner, by how much of either it has seen.

Read `courses.py` (the data), `split.py` (who is asked about), `method.py` (what a method is), `run.py` (what is
computed), `figures.py`, `report.py` and `marks.py` (what is said of it).
"""
