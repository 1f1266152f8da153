"""Embedders: they turn texts into vectors; a setting names the one that a library uses."""

from __future__ import annotations

from collections.abc import Callable, Set
from pathlib import Path
from typing import Protocol

from rag.encoder.encoder_embedder import EncoderEmbedder
from rag.encoder.engine import find_obstacle
from rag.endpoints.embeddings import EndpointEmbedder
from rag.library.dictionary_embedder import DictionaryEmbedder
from rag.library.local_embedder import LocalEmbedder
from rag.schema import EmbeddingEndpoint

ENCODER, DICTIONARY, NONE = "encoder", "dictionary", "none"  # the embedders inside Huwen, as the setting names them
_NAME_PREFIXES = {ENCODER: "e5-", DICTIONARY: "dictionary-", NONE: "none"}


class Embedder(Protocol):
    """The interface of an embedder that a library uses."""

    name: str  # stored with the vectors: those of two embedders are never mixed
    fusion_weight: float  # of its hits relative to word hits, if question and passage are in one language
    cross_lingual_weight: float  # the same weight if they are in two languages
    has_narrow_cosines: bool  # whether only differences of its cosines say something, not the cosines themselves
    has_cosine_evidence: bool  # whether the models of answers were trained with its cosines
    is_slow: bool  # whether its vectors are made in the background, after the words are searchable

    @property
    def obstacle(self) -> str:
        """Why it cannot run on this machine; empty if it can."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector for each text, in order."""

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question."""


class NoEmbedder:
    """No vectors: search uses words alone, which is fast for millions of passages."""

    name = NONE
    fusion_weight = cross_lingual_weight = 0.0
    has_narrow_cosines = has_cosine_evidence = is_slow = False
    obstacle = ""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """An empty vector for each text."""
        return [[] for _ in texts]

    def embed_query(self, text: str) -> list[float]:
        """An empty vector."""
        return []


def inner_embedder(name: str) -> str:
    """Which embedder inside Huwen has this name, as the setting names it; empty for a local or an endpoint's model.

    `e5-small-q4-1` → `encoder`.
    """
    return next((setting for setting, prefix in _NAME_PREFIXES.items() if name.startswith(prefix)), "")


def embedder_for(embedding: EmbeddingEndpoint, stored: Callable[[], Set[str]] = frozenset) -> Embedder:
    """The embedder that a setting names; nothing is loaded or downloaded yet.

    `encoder`: the model inside Huwen. `dictionary`: the dictionary. Empty: the encoder, or the dictionary on a machine
    where the encoder cannot run. If a library has vectors of the encoder already (`stored` gives the names of the
    embedders that made them), words alone answer there, and the vectors stay for a machine where it runs. `none`: no
    vectors. `local:FOLDER`, `local:HUB/NAME` or an existing folder: an ONNX model in this process. Anything else: a
    model of the endpoint.
    """
    model = embedding.model
    if not model:
        model = DICTIONARY if find_obstacle() and EncoderEmbedder.name not in stored() else ENCODER
    if model == ENCODER:
        return EncoderEmbedder()
    if model == DICTIONARY:
        return DictionaryEmbedder()
    if model == NONE:
        return NoEmbedder()
    if model.startswith("local:") or Path(model).expanduser().is_dir():
        return LocalEmbedder(model.removeprefix("local:"))
    return EndpointEmbedder(model, embedding.url, embedding.key, prompts=embedding.prompts)
