from tests.tracking.conftest import ana, ask, ben, course, events, forgetful, stack

__all__ = ["ana", "ask", "ben", "course", "events", "forgetful", "stack"]
