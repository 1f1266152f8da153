"""Which text answers a question, and whether any does: features, linear models and their weights."""
