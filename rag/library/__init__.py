"""The library: manifest, word index and vector index, kept in step in one folder."""
