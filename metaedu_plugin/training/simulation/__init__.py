"""Simulated courses, piece by piece. Reading order: traits, kinds, items, group, learners, path, play."""
