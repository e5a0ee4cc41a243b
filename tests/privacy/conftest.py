"""The real stack of the learners' tests: events in, the shipped model, a store of learner states, signed-in people."""

from tests.tutoring.conftest import ana, ask, ben, course, stack

__all__ = ["ana", "ask", "ben", "course", "stack"]
