"""Passages become searchable, and stay so."""
