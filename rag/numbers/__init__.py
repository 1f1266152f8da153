"""Figures as values: numerals, figures, units, quantities and what they count, derivation."""
