"""Library view: the list of documents, uploads, the retrieval test, and upkeep of the indexes."""
