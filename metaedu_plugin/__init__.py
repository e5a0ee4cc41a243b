"""The LMS side of metaedu, as Django apps: capture, curriculum, tutoring, training, registry, insights."""
