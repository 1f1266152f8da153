"""Briefing view: lists of questions, the jobs that ask them, the answers, and export as a document."""
