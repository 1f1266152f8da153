"""Metrics: pure functions of a case and an answer that return a score with its reason; no model judges."""
