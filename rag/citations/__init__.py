"""Citation markers, claims, the sentences that support them, and the figures in both."""
