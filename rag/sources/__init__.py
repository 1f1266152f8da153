"""A file becomes clean passages: load, clean, split."""
