"""Sources: files are loaded, cleaned, and split into passages."""
