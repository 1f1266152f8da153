"""Evaluation: questions with known answers, the metrics that grade answers to them, and the runs."""
