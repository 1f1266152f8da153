"""Comparison of documents: how alike two texts are, and what differs between two versions of one document."""
