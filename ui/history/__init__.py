"""Conversations stay: each question with its answer and the evidence as it was, in a database."""
