"""Simulated courses, piece by piece. Reading order: traits, kinds, items, learners, path, play."""
