"""A setting becomes the embedder that it names; every embedder turns text into vectors in the same two ways."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from rag.endpoints.embeddings import EndpointEmbedder
from rag.library.dictionary_embedder import DictionaryEmbedder
from rag.library.local_embedder import LocalEmbedder


class Embedder(Protocol):
    """What a library has to know of whatever makes its vectors."""

    name: str  # kept with the vectors: those of two models never mix
    fusion_weight: float  # of its hits beside those by words, where question and passage are in one language
    cross_lingual_weight: float  # the same where they are in two

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector a text, in order."""

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question."""


class NoEmbedder:
    """No vectors: search goes by words alone, as one may want it for millions of passages."""

    name = "none"
    fusion_weight = cross_lingual_weight = 0.0

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Nothing for each."""
        return [[] for _ in texts]

    def embed_query(self, text: str) -> list[float]:
        """Nothing."""
        return []


def embedder_for(model: str, base_url: str, api_key: str) -> Embedder:
    """The embedder that a setting names: nothing, none, `local:` and a folder or a name on the hub, a folder, or an endpoint's model."""
    if not model:
        return DictionaryEmbedder()
    if model == NoEmbedder.name:
        return NoEmbedder()
    if model.startswith("local:") or Path(model).expanduser().is_dir():
        return LocalEmbedder(model.removeprefix("local:"))
    return EndpointEmbedder(model, base_url, api_key)
