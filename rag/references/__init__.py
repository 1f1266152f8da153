"""Entries of reference lists after GB/T 7714-2015 and APA 7, and what a document states of itself."""
