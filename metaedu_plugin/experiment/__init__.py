"""Does it help? An experiment in a course: some learners get the course's own order instead of suggestions.

`groups.py` says who gets which, `running.py` begins and ends, `firsts.py` reads what is compared, `levels.py` and
`difference.py` compare it, `sequential.py` makes an interval that may be looked at every day, and `looks.py` keeps
what came of it. Why it is done this way: docs/decisions/0020.
"""
