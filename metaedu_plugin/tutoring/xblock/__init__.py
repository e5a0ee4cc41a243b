"""The block "practice next": an author places it in a unit, and a learner sees there what is worth doing next.

It is loaded by the platform's XBlock runtime, in Studio too, where tutoring is not installed: nothing here imports
models, and the page asks the REST API by itself.
"""

from metaedu_plugin.tutoring.xblock.practice import PracticeBlock

__all__ = ["PracticeBlock"]
