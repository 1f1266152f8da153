"""Readers of tabular data: sheets, separated values, and records in JSON."""
