"""Small libraries for tests: their vectors are made from the dictionary, at once and on every machine."""

from pathlib import Path

from rag.library.library import Library
from rag.schema import EmbeddingEndpoint

BY_DICTIONARY = EmbeddingEndpoint("dictionary")


def small_library(home: Path, *, chroma_url: str = "", keep_originals: bool = True) -> Library:
    """The library in a folder, which may be new."""
    return Library(home, embedding=BY_DICTIONARY, chroma_url=chroma_url, keep_originals=keep_originals)
