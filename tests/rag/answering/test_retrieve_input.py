"""Whatever is asked, retrieval gives passages or none, in order and without a fault."""

import pytest

from rag.answering.retrieve import HybridRetriever
from rag.endpoints.rerank import RerankFailed

ODD = {
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


@pytest.mark.parametrize("kind", ODD)
def test_any_question_gets_passages_in_order_or_none(retriever, kind):
    scores = [found.metadata["score"] for found in retriever.search(ODD[kind])]
    assert len(scores) <= retriever.k
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


@pytest.mark.parametrize("kind", ["punctuation", "emoji", "white space"])
def test_question_without_a_word_finds_nothing(retriever, kind):
    assert retriever.search(ODD[kind]) == []


class Failing:
    """A reranker whose endpoint is down."""

    depth = 30

    def score_passages(self, question, passages):
        raise RerankFailed("the reranker r at http://localhost/rerank cannot be reached")


@pytest.mark.parametrize("question", ["苏州有多少家灯塔工厂？", "How many lighthouse factories does Suzhou have?"])
def test_reranker_that_fails_is_told_in_the_log_and_the_order_is_that_without_it(notes, caplog, question):
    alone = HybridRetriever(library=notes.library).search(question)
    assert HybridRetriever(library=notes.library, reranker=Failing()).search(question) == alone
    assert "cannot be reached; the passages are ranked without it" in caplog.text


class Reversed:
    """A reranker to which the last is the best."""

    depth = 30

    def score_passages(self, question, passages):
        return [float(passage.number) for passage in passages]


def test_reranker_decides_the_order_of_the_foremost(notes):
    fused = HybridRetriever(library=notes.library, k=50, reranked=False).search("苏州有多少家灯塔工厂？")
    again = HybridRetriever(library=notes.library, k=50, reranker=Reversed()).search("苏州有多少家灯塔工厂？")
    assert [d.id for d in again[:30]] == [d.id for d in fused[:30]][::-1]
    assert [d.id for d in again[30:]] == [d.id for d in fused[30:]]
