"""The library: manifest, word index and vector index, kept consistent in one folder."""
