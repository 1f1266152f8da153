"""Texts become what other libraries' BM25 finds in them: the peers that retrieval is measured beside, in the same run.

They are development tools (the dependency group `bench`), imported when asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rag.schema import HuwenError

SearchFunction = Callable[[str, int], list[int]]  # a question and k → the places of the k best texts, best first
PeerBuilder = Callable[[Sequence[str]], SearchFunction]


class PeerMissing(HuwenError):
    """A peer's package is not installed."""


def build_langchain(texts: Sequence[str]) -> SearchFunction:
    """LangChain's BM25Retriever as it comes: words are what stands between blanks."""
    return _build_langchain_index(texts, str.split)


def build_langchain_jieba(texts: Sequence[str]) -> SearchFunction:
    """LangChain's BM25Retriever with jieba's words."""
    import jieba

    return _build_langchain_index(texts, lambda text: list(jieba.cut(text)))


def _build_langchain_index(texts: Sequence[str], segment: Callable[[str], list[str]]) -> SearchFunction:
    from langchain_community.retrievers import BM25Retriever

    places = [{"place": place} for place in range(len(texts))]
    retriever = BM25Retriever.from_texts(list(texts), metadatas=places, preprocess_func=segment)

    def search(question: str, k: int) -> list[int]:
        return [int(d.metadata["place"]) for d in retriever.model_copy(update={"k": k}).invoke(question)]

    return search


def build_bm25s_jieba(texts: Sequence[str]) -> SearchFunction:
    """bm25s with jieba's words."""
    import bm25s
    import jieba

    def jieba_words(text: str) -> list[str]:
        return [word.lower() for word in jieba.cut(text) if word.strip()]

    index = bm25s.BM25()
    index.index([jieba_words(text) for text in texts], show_progress=False)

    def search(question: str, k: int) -> list[int]:
        found, _ = index.retrieve([jieba_words(question)], k=min(k, len(texts)), show_progress=False)
        return [int(place) for place in found[0]]

    return search


def build_llamaindex(texts: Sequence[str]) -> SearchFunction:
    """LlamaIndex's BM25Retriever as it comes."""
    from llama_index.core.schema import TextNode
    from llama_index.retrievers.bm25 import BM25Retriever

    nodes = [TextNode(text=text, id_=str(place)) for place, text in enumerate(texts)]
    retriever = BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=min(10, len(nodes)))
    return lambda question, k: [int(found.node.node_id) for found in retriever.retrieve(question)[:k]]


PEERS: dict[str, PeerBuilder] = {
    "LangChain BM25": build_langchain, "LangChain BM25 + jieba": build_langchain_jieba, "bm25s + jieba": build_bm25s_jieba, "LlamaIndex BM25": build_llamaindex}


def build_peer_index(name: str, texts: Sequence[str]) -> SearchFunction:
    """A peer's index of some texts.

    Raises:
        PeerMissing: its package is not installed.
    """
    try:
        return PEERS[name](texts)
    except ImportError as error:
        raise PeerMissing(f"{name} cannot be measured ({error}); install the dependency group `bench`, or leave --peers out") from None
