"""The hybrid retriever behind LangChain's interface."""

import pytest
from langchain_core.retrievers import BaseRetriever

from rag.answering.langchain_retriever import LangChainRetriever
from rag.answering.retrieve import HybridRetriever
from rag.pipeline import Pipeline


@pytest.mark.parametrize("question", ["苏州有多少家灯塔工厂？", "How many lighthouse factories does Suzhou have?"])
def test_it_returns_what_the_hybrid_retriever_returns(notes: Pipeline, question: str) -> None:
    hybrid = HybridRetriever(library=notes.library, k=5)
    retriever = LangChainRetriever(retriever=hybrid)
    assert isinstance(retriever, BaseRetriever)
    assert [d.id for d in retriever.invoke(question)] == [d.id for d in hybrid.search(question)]
