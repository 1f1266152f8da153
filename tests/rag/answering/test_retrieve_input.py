"""Retrieval for unusual questions: passages in order, or none, and never an error."""

import pytest

from rag.answering.retrieve import HybridRetriever
from rag.endpoints.rerank import RerankFailed

UNUSUAL = {
    "punctuation": "？！……，。",
    "function words": "的了是在吗 the of and is",
    "one character": "a",
    "emoji": "😀🏭📈",
    "white space": " \t\n ",
    "mixed scripts": "苏州 Suzhou Сучжоу 蘇州 スーチョウ 灯塔工厂 lighthouse",
    "sql": "'; DROP TABLE passages; --",
    "tantivy": 'words:"灯塔" AND (source_id:* OR NOT id:[a TO z]) ^2 ~1',
    "chroma": '{"$and": [{"source_id": {"$ne": ""}}]}',
    "control": "灯塔\x00工厂\x1b[31m\u202e",
    "half a character": "灯塔\ud83c工厂",
    "markup": "<script>alert(1)</script> $x^2$",
    "long": "苏州的灯塔工厂有多少家？" * 600,
    "long word": "a" * 8_000,
    "numbers": "1" * 5_000,
}


@pytest.fixture(scope="module")
def retriever(notes):
    return notes.retriever


@pytest.mark.parametrize("kind", UNUSUAL)
def test_any_question_gets_passages_in_order_or_none(retriever, kind):
    scores = [found.metadata["score"] for found in retriever.search(UNUSUAL[kind])]
    assert len(scores) <= retriever.k
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


@pytest.mark.parametrize("kind", ["punctuation", "emoji", "white space"])
def test_a_question_without_words_finds_nothing(retriever, kind):
    assert retriever.search(UNUSUAL[kind]) == []


class FailingReranker:
    """A reranker whose endpoint is down."""

    depth = 30

    def score_passages(self, question, passages):
        raise RerankFailed("the reranker r at http://localhost/rerank cannot be reached")


@pytest.mark.parametrize("question", ["苏州有多少家灯塔工厂？", "How many lighthouse factories does Suzhou have?"])
def test_a_failing_reranker_is_logged_and_the_order_is_that_without_it(notes, caplog, question):
    without_reranker = HybridRetriever(library=notes.library).search(question)
    assert HybridRetriever(library=notes.library, reranker=FailingReranker()).search(question) == without_reranker
    assert "cannot be reached; the passages are ranked without it" in caplog.text


class ReversingReranker:
    """A reranker that gives the last passage the best score."""

    depth = 30

    def score_passages(self, question, passages):
        return [float(passage.number) for passage in passages]


def test_the_reranker_decides_the_order_of_the_first_passages(notes):
    fused = HybridRetriever(library=notes.library, k=50, reranked=False).search("苏州有多少家灯塔工厂？")
    reranked_passages = HybridRetriever(library=notes.library, k=50, reranker=ReversingReranker()).search("苏州有多少家灯塔工厂？")
    assert [d.id for d in reranked_passages[:30]] == [d.id for d in fused[:30]][::-1]
    assert [d.id for d in reranked_passages[30:]] == [d.id for d in fused[30:]]
