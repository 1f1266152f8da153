"""The view of the library: documents, adding them, testing retrieval."""
