"""The hybrid retriever as a LangChain retriever, for chains and for comparison with other retrievers.

The pipeline does not import this module: LangChain's base class loads its tracers, which takes a quarter of a second
at every start.
"""

from __future__ import annotations

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import InstanceOf

from rag.answering.retrieve import HybridRetriever


class LangChainRetriever(BaseRetriever):
    """`LangChainRetriever(retriever=HybridRetriever(library))`; documents carry `score` (0 to 1) in their metadata.

    Raises:
        UnknownSource, EmptyScope, EmbeddingFailed: from `invoke`, as `HybridRetriever`.
    """

    retriever: InstanceOf[HybridRetriever]

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun | None = None,
    ) -> list[Document]:
        return self.retriever.search(query)
