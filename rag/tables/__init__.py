"""Tables as typed records, and what can be computed from them: count, sum, mean, rank, difference, share."""
