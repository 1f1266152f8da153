"""Known-answer questions, the metrics that grade answers to them, and the runs."""
