"""Briefings: the answers to a list of questions, with notes, differences, key figures and references."""
