"""Simulated courses, piece by piece. Reading order: traits, anything, kinds, items, group, learners, path, play."""
