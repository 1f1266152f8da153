"""Following: watched folders, web addresses, and the log of what changed."""
