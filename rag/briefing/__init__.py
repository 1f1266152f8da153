"""Briefings: a list of questions is answered, and assembled with notes, differences, key figures and references."""
