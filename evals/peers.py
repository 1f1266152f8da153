"""BM25 baselines: indexes of other libraries, measured in the same run as Huwen's retrieval.

The libraries belong to the dependency group `bench`; each is imported only when its index is built.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rag.schema import HuwenError

SearchFunction = Callable[[str, int], list[int]]  # question, k → indices of the k best texts, best first
PeerBuilder = Callable[[Sequence[str]], SearchFunction]


class PeerMissing(HuwenError):
    """The package of a peer is not installed."""


def build_langchain(texts: Sequence[str]) -> SearchFunction:
    """LangChain's BM25Retriever with its defaults: words are separated by white space."""
    return _build_langchain_index(texts, str.split)


def build_langchain_jieba(texts: Sequence[str]) -> SearchFunction:
    """LangChain's BM25Retriever with words segmented by jieba."""
    import jieba

    return _build_langchain_index(texts, lambda text: list(jieba.cut(text)))


def _build_langchain_index(texts: Sequence[str], segment: Callable[[str], list[str]]) -> SearchFunction:
    from langchain_community.retrievers import BM25Retriever

    metadatas = [{"index": index} for index in range(len(texts))]
    retriever = BM25Retriever.from_texts(list(texts), metadatas=metadatas, preprocess_func=segment)

    def search(question: str, k: int) -> list[int]:
        return [int(d.metadata["index"]) for d in retriever.model_copy(update={"k": k}).invoke(question)]

    return search


def build_bm25s_jieba(texts: Sequence[str]) -> SearchFunction:
    """bm25s with words segmented by jieba."""
    import bm25s
    import jieba

    def jieba_words(text: str) -> list[str]:
        return [word.lower() for word in jieba.cut(text) if word.strip()]

    index = bm25s.BM25()
    index.index([jieba_words(text) for text in texts], show_progress=False)

    def search(question: str, k: int) -> list[int]:
        hits, _ = index.retrieve([jieba_words(question)], k=min(k, len(texts)), show_progress=False)
        return [int(hit) for hit in hits[0]]

    return search


def build_llamaindex(texts: Sequence[str]) -> SearchFunction:
    """LlamaIndex's BM25Retriever with its defaults."""
    from llama_index.core.schema import TextNode
    from llama_index.retrievers.bm25 import BM25Retriever

    nodes = [TextNode(text=text, id_=str(index)) for index, text in enumerate(texts)]
    retriever = BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=min(10, len(nodes)))
    return lambda question, k: [int(hit.node.node_id) for hit in retriever.retrieve(question)[:k]]


PEERS: dict[str, PeerBuilder] = {
    "LangChain BM25": build_langchain, "LangChain BM25 + jieba": build_langchain_jieba,
    "bm25s + jieba": build_bm25s_jieba, "LlamaIndex BM25": build_llamaindex}


def build_peer_index(name: str, texts: Sequence[str]) -> SearchFunction:
    """The search function of a peer over the texts.

    Raises:
        PeerMissing: the package of the peer is not installed.
    """
    try:
        return PEERS[name](texts)
    except ImportError as error:
        raise PeerMissing(
            f"{name} cannot be measured ({error}); "
            "install the dependency group `bench`, or leave --peers out") from None
