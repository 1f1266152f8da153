"""The view of the briefings, and the jobs behind it."""
